"""A real server process on the test database, for what only processes and sockets show."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from scoreboard_project.testing.waiting import status_of, wait_for

ROOT = Path(__file__).resolve().parents[3]
STARTS_SECONDS = 60
APPLICATION = "scoreboard_project.asgi:application"
DOCKERFILE = ROOT / "Dockerfile"


def server_command(port: int, application: str = APPLICATION) -> list[str]:
    """What the image runs, as a Python module on that port."""
    text = DOCKERFILE.read_text().replace("\\\n", "")
    command = json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])
    assert APPLICATION in command
    named = [application if word == APPLICATION else word for word in command]
    return [sys.executable, "-m", *named, f"--port={port}"]


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
def running_server(**environment: str) -> Iterator[str]:
    """The address of an API process on the test database and Valkey, unless `environment` says otherwise."""
    port = free_port()
    defaults = {
        "DATABASE_URL": database_address(),
        "REDIS_URL": settings.REDIS_URL,
        "SCORE_UPDATES_PER_MINUTE": "0",
        "RECONCILE_SECONDS": "0",
        "LOG_LEVEL": "error",
    }
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(server_command(port), cwd=ROOT, env={**os.environ, **defaults, **environment})
    try:
        wait_for(
            lambda: process.poll() is None and status_of(f"{address}/api/v1/nothing-is-here") == 404,
            seconds=STARTS_SECONDS,
        )
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)
