"""deploy/blue-green puts a version with a migration beside the one that serves, and switches under load."""

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from scoreboard_project.testing.cast import ANA, Player, crowd
from scoreboard_project.testing.servers.api_server import ROOT, free_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres
from scoreboard_project.testing.waiting import wait_for

MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("scores", "{after}")]
    operations = [migrations.RunSQL("ALTER TABLE users_scores ADD COLUMN of_next_version integer")]
"""
LIMITS = {"rate=100r/s": "rate=10000r/s", "rate=200r/s": "rate=10000r/s"}
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "secrets", "run", "__pycache__", ".*_cache", "bench"
)
SOCKETS_BACK_SECONDS = 10.0


def version(folder: Path) -> Path:
    """A checkout of this code, whose gateway does not limit a test."""
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    limits = folder / "deploy" / "nginx" / "limits.conf"
    text = limits.read_text()
    for old, new in LIMITS.items():
        text = text.replace(old, new)
    limits.write_text(text)
    return folder


class Deployment:
    """`deploy/blue-green` with ports of this test."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self._environment = environment
        self._ports = {name: str(free_port()) for name in ("--http-port", "--https-port")}
        # Below those that the kernel gives to clients: these ports are taken later.
        self._first_port = str(10_000 + os.getpid() % 20_000)
        self.address = f"https://127.0.0.1:{self._ports['--https-port']}"

    def __call__(self, command: str, code: Path) -> str:
        """What it printed. It must succeed."""
        options = [word for pair in self._ports.items() for word in pair]
        options += ["--directory", str(self.directory), "--first-port", self._first_port]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "scoreboard_project.launcher.blue_green", command, *options],
            env={**os.environ, **self._environment, "PYTHONPATH": str(code)},
            cwd=code,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def versions(tmp_path: Path) -> list[Path]:
    """This one, and the next, which has one more migration."""
    old, new = version(tmp_path / "old"), version(tmp_path / "new")
    subprocess.run([old / "deploy" / "make-secrets"], check=True, capture_output=True)
    shutil.copytree(old / "deploy" / "secrets", new / "deploy" / "secrets")
    migrations = new / "scores" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    (migrations / f"{int(last[:4]) + 1:04}_next_version.py").write_text(MIGRATION.format(after=last))
    return [old, new]


@pytest.fixture
def deployment(own_postgres: OwnPostgres, versions: list[Path], tmp_path: Path) -> Iterator[Deployment]:
    environment = {
        **own_postgres.environment,
        "STATIC_ROOT": str(tmp_path / "static"),
        "TRUSTED_PROXIES": "127.0.0.1",
        "SCORE_UPDATES_PER_MINUTE": "0",
        "LOG_LEVEL": "error",
    }
    found = Deployment(tmp_path / "deployment", environment)
    found("deploy", versions[0])
    yield found
    found("stop", versions[0])


def play(player: Player, address: str, trust: ssl.SSLContext, stop: threading.Event) -> Counter[str]:
    """What came of a player's reads and actions, each over a connection that is kept."""
    seen: Counter[str] = Counter()
    headers = player.bearer()
    with httpx.Client(base_url=address, verify=trust, timeout=10) as client:
        while not stop.is_set():
            for method, path, body in (
                ("GET", "/api/v1/scoreboard", None),
                ("PUT", "/api/v1/scores/update", {"actionType": "LEVEL_COMPLETE"}),
            ):
                try:
                    seen[f"{method} {client.request(method, path, json=body, headers=headers).status_code}"] += 1
                except httpx.HTTPError as error:
                    seen[f"{method} {error!r}"] += 1
    return seen


async def watch(address: str, trust: ssl.SSLContext, stop: threading.Event) -> list[float]:
    """How long each gap was, in seconds, in which a socket was without a board."""
    gaps: list[float] = []
    lost = 0.0
    while not stop.is_set():
        try:
            async with connect(address, ssl=trust, additional_headers=ANA.bearer()) as socket:
                await socket.send('{"type":"subscribe_leaderboard"}')
                await socket.recv()
                if lost:
                    gaps.append(time.monotonic() - lost)
                while not stop.is_set():
                    try:
                        async with asyncio.timeout(0.2):
                            await socket.recv()
                    except TimeoutError:
                        continue
        except (ConnectionClosed, OSError):
            lost = lost if lost and not gaps else time.monotonic()
    return gaps


@pytest.mark.server
@pytest.mark.faults
@pytest.mark.thorough
def test_a_switch_with_a_migration_there_and_back_costs_no_request(
    deployment: Deployment, versions: list[Path], own_postgres: OwnPostgres
) -> None:
    old, new = versions
    trust = ssl.create_default_context(cafile=str(old / "deploy" / "secrets" / "tls_certificate"))
    live = f"{deployment.address.replace('https', 'wss')}/ws/v1/scoreboard/live"
    stop = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        playing = [pool.submit(play, player, deployment.address, trust, stop) for player in crowd(4)]
        watching = pool.submit(lambda: asyncio.run(watch(live, trust, stop)))
        log = deployment.directory / "gateway" / "access.log"
        wait_for(lambda: log.exists() and log.read_text().count("\n") > 100)
        assert "green serves" in deployment("deploy", new)
        assert "blue serves" in deployment("back", new)
        assert "green serves" in deployment("back", new)
        assert "blue is stopped" in deployment("finish", new)
        lines = log.read_text().count("\n")
        wait_for(lambda: log.read_text().count("\n") > lines + 100)
        stop.set()
        seen = sum((each.result() for each in playing), Counter())
        gaps = watching.result()
    assert set(seen) == {"GET 200", "PUT 200"}, seen
    assert gaps
    assert max(gaps) <= SOCKETS_BACK_SECONDS
    with own_postgres.connect() as connection:
        recorded = connection.execute("SELECT count(*) FROM score_events").fetchone()
        connection.execute("SELECT of_next_version FROM users_scores LIMIT 1")
    assert recorded == (seen["PUT 200"],)


def test_a_version_that_does_not_become_ready_gets_no_clients(tmp_path: Path) -> None:
    """It cannot reach PostgreSQL, so its migration fails, and nothing else is begun."""
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "scoreboard_project.launcher.blue_green", "deploy", "--directory", tmp_path],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "migrate failed" in done.stderr
    assert not (tmp_path / "serving").exists()
    assert list(tmp_path.glob("*.pid")) == []
