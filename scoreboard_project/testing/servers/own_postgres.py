"""A PostgreSQL of the tests' own, to stop, freeze and set up wrongly; what a server and `manage.py` make of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings

from scoreboard_project.embedded.account import Account
from scoreboard_project.embedded.postgres import Postgres
from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Answer, Game
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.servers.throwaway import throwaway_services
from scoreboard_project.testing.waiting import wait_for


class OwnPostgres:
    """The server and the database `scoreboard` in it, with all migrations."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.url = server.url
        self.account: Account = server.account

    @property
    def environment(self) -> dict[str, str]:
        """For a process that uses this database, and keys of its own in the tests' Valkey."""
        prefix = f"own-{os.getpid()}"
        return {"DATABASE_URL": self.url, "REDIS_URL": settings.REDIS_URL, "REDIS_KEY_PREFIX": prefix}

    def connect(self, database: str = "") -> "psycopg.Connection[Any]":
        """A connection as the owner of everything, in autocommit, which may write whatever the database is set to."""
        options: dict[str, Any] = {"dbname": database} if database else {}
        return psycopg.connect(self.url, autocommit=True, options="-c default_transaction_read_only=off", **options)

    def execute(self, *statements: str, database: str = "") -> None:
        """Run the statements."""
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        """The rows of a query."""
        with self.connect() as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()

    def end_sessions(self) -> None:
        """End every other session, as a restart or an impatient operator does."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every connection stays, and nothing answers."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = self.server.daemon.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            os.kill(pid, number)


@contextmanager
def running_own_postgres() -> Iterator[OwnPostgres]:
    """A server until the block ends."""
    with throwaway_services() as services:
        services.postgres.start()
        found = OwnPostgres(services.postgres)
        done = manage("migrate", "--noinput", "--verbosity=0", **found.environment)
        assert done.returncode == 0, done.stderr
        yield found


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process of its own."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def readiness(server: OnePort) -> tuple[int, dict[str, Any]]:
    """The status of /readyz, and what it says about PostgreSQL."""
    answer = httpx.get(f"{server.address}/readyz", timeout=10)
    part: dict[str, Any] = answer.json()["parts"]["postgresql"]
    return answer.status_code, part


def is_not_now(answer: Answer) -> bool:
    """Whether it is 503 with `Retry-After`."""
    assert answer.failed_with(503, "DATABASE_UNAVAILABLE")
    return int(answer.headers["Retry-After"]) > 0


def succeeds_within(seconds: float, game: Game, player: Player) -> bool:
    """Whether an update succeeds within the time; the tests of others may need the machine longer."""
    began = time.monotonic()
    wait_for(lambda: game.update(player).status == 200, seconds=seconds + 10)
    return time.monotonic() - began < seconds
