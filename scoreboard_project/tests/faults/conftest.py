"""What the fault tests share: servers whose PostgreSQL and Redis are behind proxies."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.faults.invariants import Invariants, keeping_invariants
from scoreboard_project.testing.faults.proxy import FaultProxy, fault_proxy
from scoreboard_project.testing.pytest_plugin import VALKEY
from scoreboard_project.testing.servers.one_port import OnePort, running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres

FOLDER = Path(__file__).parent
Saw = Callable[..., None]
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests: script/faults runs those with the mark."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker("faults")
            item.add_marker("server")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that the tests noted with `saw`."""
    for report in terminalreporter.getreports("passed"):
        if report.user_properties:
            figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")


@pytest.fixture
def saw(record_property: Callable[[str, object], None]) -> Saw:
    """Note figures for the end of the run: `saw(back_after=0.2)`, in seconds, or words."""

    def note(**figures: float | str) -> None:
        for name, value in figures.items():
            record_property(name.replace("_", " "), value if isinstance(value, str) else f"{value:.2f} s")

    return note


@dataclass(frozen=True)
class Stage:
    """Servers, and the proxies between them and their stores."""

    postgres: OwnPostgres
    valkey: Valkey
    to_postgres: FaultProxy
    to_redis: FaultProxy
    directory: Path
    servers: ExitStack

    def serve(self, **settings: str) -> OnePort:
        """Another server, which takes Redis for away after the default time."""
        environment = {
            **self.postgres.environment,
            "DATABASE_URL": f"postgresql://scoreboard@127.0.0.1:{self.to_postgres.port}/scoreboard",
            "REDIS_URL": f"redis://127.0.0.1:{self.to_redis.port}/0",
            "REDIS_TIMEOUT_SECONDS": "0.2",
            "LIVE_SOCKETS_PER_USER": "0",
            **settings,
        }
        return self.servers.enter_context(running_one_port(self.directory / f"log-{next(_numbers)}", **environment))

    def heal(self) -> None:
        """Both stores answer again."""
        self.to_postgres.heal()
        self.to_redis.heal()
        self.valkey.restore()


@contextmanager
def set_up(postgres: OwnPostgres, valkey: Valkey, directory: Path) -> Iterator[Stage]:
    """A stage without servers yet, on an empty scoreboard."""
    postgres.execute("TRUNCATE users_scores, score_events, score_requests CASCADE")
    with (
        fault_proxy(postgres.server.sockets / ".s.PGSQL.5432") as to_postgres,
        fault_proxy(valkey.socket) as to_redis,
        ExitStack() as servers,
    ):
        found = Stage(postgres, valkey, to_postgres, to_redis, directory, servers)
        yield found
        found.heal()
    valkey.flush()


@pytest.fixture
def stage(own_postgres: OwnPostgres, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """For tests whose servers have settings of their own, or die."""
    with set_up(own_postgres, request.config.stash[VALKEY], tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def shared_stage(
    own_postgres: OwnPostgres, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stage, OnePort]]:
    """With one server for all tests after which it is as before."""
    with set_up(own_postgres, request.config.stash[VALKEY], tmp_path_factory.mktemp("faults")) as found:
        yield found, found.serve()


@dataclass(frozen=True)
class Play:
    """A test's view of the shared stage: what holds before must hold afterwards."""

    stage: Stage
    server: OnePort
    invariants: Invariants
    name: str


@pytest.fixture
def play(shared_stage: tuple[Stage, OnePort]) -> Iterator[Play]:
    """The shared stage, with its stores as they should be."""
    stage, server = shared_stage
    with keeping_invariants(stage.postgres, server) as invariants:
        yield Play(stage, server, invariants, f"play{next(_numbers)}")
        stage.heal()
