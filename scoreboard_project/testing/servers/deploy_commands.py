"""The commands of Dockerfile and docker-compose.yml, run as they are written, on free ports of this machine."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import yaml

from scoreboard_project.testing.servers.api_server import ROOT, STARTS_SECONDS
from scoreboard_project.testing.waiting import status_of, wait_for

Command = Sequence[str]


def compose() -> dict[str, Any]:
    """docker-compose.yml, with its anchors resolved."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


@contextmanager
def running(command: Command, *, answers_at: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, once it answers; told to stop by SIGTERM, which it must obey within 15 seconds."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        wait_for(lambda: process.poll() is not None or status_of(answers_at) == 200, seconds=STARTS_SECONDS)
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield process
    finally:
        process.terminate()
        process.wait(timeout=15)
