"""The services of a test run: there before Django's settings, a Valkey a worker, gone afterwards whatever happens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scoreboard_project.embedded.daemon import wait_until
from scoreboard_project.testing.pytest_plugin import ONLY_XDIST

pytestmark = pytest.mark.server

PROJECT = Path(__file__).resolve().parents[3]
PLUGIN = ["-p", "scoreboard_project.testing.pytest_plugin"]
TESTS = """
import os
import psycopg, pytest, redis

@pytest.fixture
def client():
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client

@pytest.mark.parametrize("number", range(8))
def test_it_has_services(client, number, valkey):
    psycopg.connect(os.environ["DATABASE_URL"]).close()
    with open("addresses", "a") as addresses:
        print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], file=addresses)
    client.set("key", number)
    valkey.flush()
    assert client.get("key") is None

@pytest.mark.parametrize("hurt", ["stop", "pause"])
def test_it_may_hurt_valkey(hurt, valkey):
    getattr(valkey, hurt)()

def test_it_finds_valkey_whole(client):
    assert client.ping()
"""
WAITING_TEST = """
import time
def test_it_waits():
    open("waiting", "w").close()
    time.sleep(60)
"""


def pytest_run(directory: Path, *arguments: str) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", ".", "-W", "error", *PLUGIN, *arguments, "."],
        cwd=directory,
        env={
            **environ,
            **ONLY_XDIST,
            "PYTHONPATH": str(PROJECT),
            "TMPDIR": str(directory),
            "DATABASE_URL": "postgresql://nowhere/at-all",
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def test_each_worker_has_its_own_valkey_and_nothing_remains(place: Path) -> None:
    (place / "test_services.py").write_text(TESTS)
    run = pytest_run(place, "-n", "2")
    output, _ = run.communicate(timeout=60)
    assert "11 passed" in output, output
    databases, valkeys = zip(
        *(line.rsplit(maxsplit=1) for line in (place / "addresses").read_text().splitlines()), strict=True
    )
    assert (len(set(databases)), len(set(valkeys))) == (1, 2)
    assert not list(place.glob("scoreboard-*"))


def test_a_killed_run_leaves_nothing(place: Path) -> None:
    (place / "test_waiting.py").write_text(WAITING_TEST)
    run = pytest_run(place)
    assert wait_until((place / "waiting").exists, 30)
    assert list(place.glob("scoreboard-*"))
    run.kill()
    run.communicate()
    assert wait_until(lambda: not list(place.glob("scoreboard-*")), 30)
