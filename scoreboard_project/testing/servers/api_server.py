"""A real server process on the test database, for what only processes and sockets show."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from scoreboard_project.testing.waiting import status_of, wait_for

ROOT = Path(__file__).resolve().parents[3]
STARTS_SECONDS = 60
APPLICATION = "scoreboard_project.asgi:application"
COMMAND = (
    "granian --interface asgi --loop uvloop --host 127.0.0.1 --log-level error --workers 1 --no-ws"
    " --workers-kill-timeout 8"
)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def database_address() -> str:
    """The test database as a DATABASE_URL."""
    found = connection.settings_dict
    query = {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "password": found["PASSWORD"]}
    return f"postgresql:///{quote(found['NAME'])}?{urlencode({key: value for key, value in query.items() if value})}"


@contextmanager
def running_server(*, application: str = APPLICATION, log: str = "", **environment: str) -> Iterator[str]:
    """The address of `running_granian`."""
    with running_granian(application=application, log=log, **environment) as (address, _):
        yield address


@contextmanager
def running_granian(
    *, application: str = APPLICATION, log: str = "", **environment: str
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A granian process with the API, on the test database and Valkey unless `environment` says otherwise.

    Its output is in the file `log`, or with that of the tests. The test may end it.
    """
    port = free_port()
    defaults = {
        "DATABASE_URL": database_address(),
        "REDIS_URL": settings.REDIS_URL,
        "SCORE_UPDATES_PER_MINUTE": "0",
        "RECONCILE_SECONDS": "0",
        "LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", *COMMAND.split(), "--port", str(port), application]
    address = f"http://127.0.0.1:{port}"
    with Path(log).open("ab") if log else nullcontext() as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **defaults, **environment}, stdout=output, stderr=output
        )
    try:
        wait_for(
            lambda: process.poll() is None and status_of(f"{address}/api/v1/nothing-is-here") == 404,
            seconds=STARTS_SECONDS,
        )
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=10)
