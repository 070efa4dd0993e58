"""The thread that reconciles the rank index. A server starts it on startup; importing a module does not."""

import os
import subprocess
import sys

import pytest

from leaderboard.rank_index import RankIndex
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.servers.api_server import ROOT, database_address, free_port, server_command
from scoreboard_project.testing.waiting import wait_for

THREADS = "import threading, {module}; print(*(thread.name for thread in threading.enumerate()))"


@pytest.mark.parametrize("module", ["scoreboard_project.wsgi", "scoreboard_project.asgi"])
def test_importing_an_application_starts_no_thread(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", THREADS.format(module=module)],
        cwd=ROOT,
        env={**os.environ, "RECONCILE_SECONDS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["MainThread"]


@pytest.mark.server
def test_a_server_rebuilds_a_lost_index_before_any_request_comes(scoreboard: None) -> None:
    redis.execute("FLUSHDB")
    assert not RankIndex().is_ready()
    environment = {
        **os.environ,
        "DATABASE_URL": database_address(),
        "RECONCILE_SECONDS": "0.2",
        "LOG_LEVEL": "error",
    }
    with subprocess.Popen(server_command(free_port()), cwd=ROOT, env=environment) as server:
        try:
            wait_for(RankIndex().is_ready)
            redis.execute("FLUSHDB")
            wait_for(RankIndex().is_ready)
        finally:
            server.terminate()
