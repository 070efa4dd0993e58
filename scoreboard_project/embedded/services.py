"""Provides the PostgreSQL, the Valkey and the keys that a command of the project needs, as environment variables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scoreboard_project.embedded.account import service_account
from scoreboard_project.embedded.key_files import is_given, key_files
from scoreboard_project.embedded.lease import hold_lease, take_turn
from scoreboard_project.embedded.places import make_data_directory
from scoreboard_project.embedded.postgres import SETTINGS, Postgres
from scoreboard_project.embedded.socket_directory import remove_socket_directory, socket_directory
from scoreboard_project.embedded.valkey import Valkey


@dataclass(frozen=True)
class Surroundings:
    """The variables to add to a command's environment.

    `lease` is the file descriptor of the lease: a child that inherits it keeps the services running.
    `revive` restarts services that have died and returns their names. It raises EmbeddedError if one does not start.
    """

    variables: dict[str, str]
    lease: int
    has_embedded_database: bool
    revive: Callable[[], list[str]]


@contextmanager
def running(
    data_dir: Path, *, environ: Mapping[str, str], postgres_settings: Mapping[str, str] = SETTINGS
) -> Iterator[Surroundings]:
    """Start the services that `environ` does not configure. On exit, stop them if no other launcher uses them.

    `postgres_settings` replace ours of the same name, if this starts PostgreSQL.
    Raises EmbeddedError if a service cannot be started.
    """
    services = _Services(make_data_directory(data_dir), environ, postgres_settings)
    with hold_lease(services.data_dir, start=services.start, stop=services.stop) as lease:
        yield Surroundings(services.variables, lease, services.needs_postgres, services.revive)


class _Services:
    """Both services of a data directory. Only one launcher at a time runs `start` or `stop`."""

    def __init__(self, data_dir: Path, environ: Mapping[str, str], postgres_settings: Mapping[str, str]) -> None:
        self.data_dir = data_dir
        self.postgres_settings = postgres_settings
        self.environ = environ
        self.needs_postgres = not is_given(environ, "DATABASE_URL")
        self.needs_valkey = not is_given(environ, "REDIS_URL")
        self.variables: dict[str, str] = {}

    def start(self) -> None:
        account = service_account(self.data_dir / "postgres")
        sockets = socket_directory(self.data_dir, account)
        self.postgres = Postgres(self.data_dir, sockets, account, settings=self.postgres_settings)
        self.valkey = Valkey(self.data_dir, sockets, account)
        self.variables.update(key_files(self.data_dir, self.environ))
        if self.needs_valkey:
            self.valkey.start()
            self.variables["REDIS_URL"] = self.valkey.url
        if self.needs_postgres:
            self.postgres.start()
            self.variables["DATABASE_URL"] = self.postgres.url
        if (self.needs_valkey or self.needs_postgres) and not self.environ.get("SCOREBOARD_ENVIRONMENT", "").strip():
            self.variables["SCOREBOARD_ENVIRONMENT"] = "development"

    def revive(self) -> list[str]:
        needed = ((self.needs_valkey, self.valkey), (self.needs_postgres, self.postgres))
        dead = [service for is_needed, service in needed if is_needed and not service.daemon.is_alive()]
        if dead:
            with take_turn(self.data_dir):
                for service in dead:
                    service.start()
        return [service.daemon.name for service in dead]

    def stop(self) -> None:
        """Stop both: another launcher may have started a service that this one did not need."""
        self.valkey.stop()
        self.postgres.stop()
        remove_socket_directory(self.data_dir)
