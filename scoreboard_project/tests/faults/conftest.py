"""What the fault tests share: a server whose PostgreSQL and Redis are behind proxies."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.faults.proxy import FaultProxy, fault_proxy
from scoreboard_project.testing.servers.one_port import OnePort, running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres

FOLDER = Path(__file__).parent
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests: script/faults runs those with the mark."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker("faults")
            item.add_marker("server")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that the tests noted with `saw`."""
    reports = [report for report in terminalreporter.getreports("passed") if report.user_properties]
    for report in reports:
        figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")


@pytest.fixture
def saw(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Note figures for the end of the run: `saw(back_after=0.2)`, in seconds."""

    def note(**figures: float) -> None:
        for name, value in figures.items():
            record_property(name.replace("_", " "), f"{value:.2f} s")

    return note


@dataclass
class Stage:
    """Makes servers between which and their stores the proxies stand."""

    postgres: OwnPostgres
    valkey: Valkey
    to_postgres: FaultProxy
    to_redis: FaultProxy
    log_directory: Path
    servers: ExitStack

    def serve(self, **settings: str) -> OnePort:
        """Another server, with short times."""
        number = next(_numbers)
        environment = {
            **self.postgres.environment,
            "DATABASE_URL": f"postgresql://scoreboard@127.0.0.1:{self.to_postgres.port}/scoreboard",
            "REDIS_URL": f"redis://127.0.0.1:{self.to_redis.port}/0",
            "REDIS_TIMEOUT_SECONDS": "0.2",
            "LIVE_SOCKETS_PER_USER": "0",
            **settings,
        }
        log = self.log_directory / f"log-{number}"
        return self.servers.enter_context(running_one_port(log, **environment))


@pytest.fixture
def stage(own_postgres: OwnPostgres, valkey: Valkey, tmp_path: Path) -> Iterator[Stage]:
    """With an empty scoreboard."""
    own_postgres.execute("TRUNCATE users_scores, score_events, score_requests CASCADE")
    with (
        fault_proxy(own_postgres.server.sockets / ".s.PGSQL.5432") as to_postgres,
        fault_proxy(valkey.socket) as to_redis,
        ExitStack() as servers,
    ):
        yield Stage(own_postgres, valkey, to_postgres, to_redis, tmp_path, servers)
        # Servers stop more quickly if their stores answer.
        to_postgres.heal()
        to_redis.heal()
    valkey.flush()
