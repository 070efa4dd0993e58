"""Behind a proxy on a unix socket, where no peer has an address."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.api_server import ROOT, STARTS_SECONDS, database_address, server_command
from scoreboard_project.testing.waiting import wait_for
from scores.models import ScoreEvent


@contextmanager
def running(path: Path, **environment: str) -> Iterator[httpx.Client]:
    """A client of the server at this socket."""
    common = {"DATABASE_URL": database_address(), "REDIS_URL": settings.REDIS_URL, "LOG_LEVEL": "error"}
    arguments = [*server_command(0), "--uds", str(path)]
    with (
        subprocess.Popen(arguments, cwd=ROOT, env={**os.environ, **common, **environment}) as process,
        httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost", timeout=10) as client,
    ):
        try:
            wait_for(lambda: process.poll() is not None or accepts(path), seconds=STARTS_SECONDS)
            yield client
        finally:
            process.terminate()


def accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.mark.server
def test_clients_are_told_apart_by_what_the_proxy_says(scoreboard: None, tmp_path: Path) -> None:
    with running(tmp_path / "s", TRUSTED_PROXIES="unix", TOKEN_REQUESTS_PER_MINUTE="1") as client:
        for address in ("192.0.2.7", "198.51.100.1, 192.0.2.8"):
            sent = {"X-Forwarded-For": address}
            found = [client.post("/api/v1/live/viewer-token", headers=sent).status_code for _ in range(2)]
            assert found == [200, 429]
        update = {"actionType": "LEVEL_COMPLETE"}
        client.put("/api/v1/scores/update", json=update, headers={**ANA.bearer(), "X-Forwarded-For": "192.0.2.9"})
    assert ScoreEvent.objects.get().ip_address == "192.0.2.9"
