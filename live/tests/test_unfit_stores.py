"""Servers started before a Redis that cannot serve, or that serves another database."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from live.tests.sockets import LiveClient, order
from live.tests.test_redis_refuses import noteworthy, ready
from scoreboard_project.embedded import wheels
from scoreboard_project.testing.cast import ANA, BOB, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.api_server import ROOT, database_address, free_port
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.waiting import wait_for

pytestmark = pytest.mark.faults

WATCHER = Player("watcher", "Watcher")


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts a Valkey with options of the test's; its address."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        port = free_port()
        program = Path(wheels.valkey_install()) / wheels.VALKEY_SERVER
        command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        running.append(subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL))
        wait_for(lambda: answers(port))
        return f"redis://127.0.0.1:{port}/0"

    yield start
    for process in running:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def other_database(scoreboard: None) -> Iterator[str]:
    """The address of a new database with empty tables."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE another_scoreboard")
    address = database_address().replace(f"/{connection.settings_dict['NAME']}?", "/another_scoreboard?")
    environment = {**os.environ, "DATABASE_URL": address}
    migrate = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    yield address
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE another_scoreboard WITH (FORCE)")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--cluster-enabled", "yes", "--cluster-port", str(free_port())], "Redis refuses EVALSHA (CLUSTERDOWN)"),
        # As a server that is too old to know them.
        (["--rename-command", "GETDEL", "", "--rename-command", "LPOP", ""], "Redis refuses LPOP, GETDEL (ERR)"),
    ],
    ids=["a cluster without slots", "commands that it does not know"],
)
def test_everything_but_tickets_is_answered_and_readyz_says_why(
    own_server: Callable[..., OnePort], own_valkey: Callable[..., str], options: list[str], reason: str
) -> None:
    server = own_server(REDIS_URL=own_valkey(*options))
    with Game(server.address) as game:
        wait_for(lambda: ready(server) == ("degraded", reason))
        assert game.update(ANA).data["newRank"] == 1
        assert game.update(BOB, {"actionType": "BOSS_DEFEAT"}).data["newRank"] == 1
        assert [row["userId"] for row in game.board()] == ["bob", "ana"]
        assert game.get("users/ana/scores").data["rank"] == 2
        assert game.get("scoreboard?limit=100&offset=1").data["pagination"]["total"] == 2
        assert game.send("GET", "/players/ana").status == 200
        assert game.send("POST", "live/ticket", headers=ANA.bearer()).failed_with(503, "CACHE_UNAVAILABLE")
    with LiveClient(server, query="?ticket=abc") as live:
        assert live.close_code() == 1013
    with LiveClient(server, WATCHER) as live:
        assert order(live.subscribe(10)) == ["bob", "ana"]
    assert sum("Ranks and boards come from PostgreSQL" in line for line in noteworthy(server)) == 1
    assert "Traceback" not in server.log.read_text()


def test_an_empty_database_behind_an_old_redis_is_found_at_the_start(
    own_server: Callable[..., OnePort], other_database: str
) -> None:
    for player in (ANA, BOB):
        player.act("BOSS_DEFEAT")
    server = own_server(DATABASE_URL=other_database)
    with Game(server.address) as game:
        assert game.board() == []
        assert game.get("scoreboard?limit=100&offset=5").data["pagination"]["total"] == 0
        assert game.update(BOB).data["newRank"] == 1
        wait_for(lambda: ready(server) == ("ready", ""))
        around = game.get("scoreboard/around/bob").data
        assert ([row["userId"] for row in around["leaderboard"]], around["total"]) == (["bob"], 1)
        assert [row["userId"] for row in game.board()] == ["bob"]
        assert game.get("users/ana/scores").failed_with(404, "USER_NOT_FOUND")
