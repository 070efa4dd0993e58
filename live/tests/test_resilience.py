"""Restarts of Redis and of the live process; peers that do not read, that vanish, or that are just quiet."""

import itertools
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from live.tests.raw_socket import RawSocket, frame, handshake
from live.tests.sockets import LiveClient, order
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.cast import ANA, BOB, Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import in_threads, started
from scoreboard_project.testing.waiting import wait_for

pytestmark = pytest.mark.faults

WATCHER = Player("watcher", "Watcher")
SUBSCRIBE = b'{"type":"subscribe_leaderboard","data":{"limit":100}}'
# uvicorn raises the signal again after its graceful stop.
ENDED_BY_ITSELF = {0, -signal.SIGTERM}
UNLIMITED = {"LIVE_SOCKETS_PER_USER": "0", "LIVE_MAX_SOCKETS": "0", "REDIS_BREAKER_SECONDS": "0.2"}


@pytest.fixture
def server(own_server: Callable[..., OnePort]) -> OnePort:
    """A server for one test, without limits on sockets."""
    return own_server(**UNLIMITED)


@pytest.fixture
def game(server: OnePort) -> Iterator[Game]:
    with Game(server.address) as found:
        yield found


def shows(live: LiveClient, user_id: str, score: int) -> bool:
    """Whether a board with that row arrives within five seconds."""
    give_up_at = time.monotonic() + 20
    while time.monotonic() < give_up_at:
        if any((row["userId"], row["score"]) == (user_id, score) for row in live.board()["leaderboard"]):
            return True
    return False


def memory(server: OnePort) -> int:
    """The resident memory of the process, in bytes."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def descriptors(server: OnePort) -> int:
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def test_sockets_outlive_a_restart_of_redis_and_get_what_they_missed(
    server: OnePort, game: Game, mortal_valkey: Valkey
) -> None:
    game.update(ANA)
    with ExitStack() as opened:
        sockets = [opened.enter_context(LiveClient(server, WATCHER)) for _ in range(200)]
        for live in sockets:
            live.subscribe(10)
        mortal_valkey.stop()
        game.update(BOB, {"actionType": "BOSS_DEFEAT"})
        mortal_valkey.start()
        assert all(shows(live, "bob", 1000) for live in sockets)
        game.update(ANA, {"actionType": "BOSS_DEFEAT"})
        assert all(shows(live, "ana", 1150) for live in sockets)


def test_after_a_kill_and_a_restart_clients_catch_up(server: OnePort, game: Game) -> None:
    with LiveClient(server, WATCHER) as live:
        live.subscribe(10)
        server.stop(signal.SIGKILL)
        assert live.close_code() == 1006
    server.start()
    with Game(server.address) as again:
        again.update(ANA)
        with LiveClient(server, WATCHER) as live:
            assert order(live.subscribe(10)) == ["ana"]


def test_a_stop_says_when_to_reconnect_and_ends_in_time(server: OnePort) -> None:
    with ExitStack() as opened:
        sockets = [opened.enter_context(LiveClient(server, WATCHER)) for _ in range(50)]
        for live in sockets:
            live.subscribe(10)
        code = started(server.stop)
        waits = []
        for live in sockets:
            goodbye = live.receive()
            assert goodbye["type"] == "reconnect"
            waits.append(goodbye["data"]["afterMs"])
            assert live.close_code() == 1001
    assert code() in ENDED_BY_ITSELF
    assert max(waits) - min(waits) > 1_000
    assert all(0 <= wait <= 5_000 for wait in waits)


def test_while_it_stops_it_is_not_ready(own_server: Callable[..., OnePort]) -> None:
    server = own_server(**UNLIMITED, LIVE_GOODBYE_SECONDS="3")
    with LiveClient(server, WATCHER) as live:
        live.subscribe(1)
        code = started(server.stop)
        assert live.close_code() == 1001
        assert httpx.get(f"{server.address}/readyz").status_code == 503
    assert code() in ENDED_BY_ITSELF


@pytest.mark.long
def test_a_peer_that_never_reads_is_closed_and_uses_little_memory(own_server: Callable[..., OnePort]) -> None:
    # Pings are minutes apart: on a busy machine they must not find the peer out before the writes do.
    settings = {**UNLIMITED, "LIVE_BROADCAST_INTERVAL_MS": "0", "LIVE_WRITE_TIMEOUT_SECONDS": "2"}
    server = own_server("--ws-ping-interval", "300", **settings)
    # Long names make large boards, which soon fill the sockets' own buffers.
    players = [Player(player.user_id, "ä" * 100) for player in crowd(100)]
    in_threads(Player.act, players, threads=4)
    with ExitStack() as opened, Game(server.address) as game, LiveClient(server, ANA) as good:
        for _ in range(10):
            game.update(ANA, {"actionType": "BOSS_DEFEAT"})
        good.subscribe(1)
        turns = itertools.cycle(players)
        for _ in range(400):  # until the memory for the work itself is allocated
            game.update(next(turns), {"actionType": "DAILY_BONUS"})
        before = memory(server)
        deaf = [opened.enter_context(DeafSocket(server)) for _ in range(20)]
        wait_for(lambda: server.metric("scoreboard_live_sockets") == 21)
        highest = before
        give_up_at = time.monotonic() + 300
        while server.metric("scoreboard_live_sockets") > 1:
            game.update(next(turns), {"actionType": "DAILY_BONUS"})
            highest = max(highest, memory(server))
            assert time.monotonic() < give_up_at
        assert (highest - before) / len(deaf) <= 128 * 1024
        assert server.metric('scoreboard_live_closed_total{code="4408"}') == len(deaf)
        game.update(ANA, {"actionType": "BOSS_DEFEAT"})
        assert shows(good, "ana", 11_000)


class DeafSocket:
    """Subscribes to the top 100 and never reads. Its receive buffer is small."""

    def __init__(self, server: OnePort) -> None:
        self.raw = RawSocket(server)
        self.server = server

    def __enter__(self) -> "DeafSocket":
        self.raw.__enter__()
        self.raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert self.raw.upgrade(handshake(self.server, WATCHER)) == 101
        self.raw.socket.sendall(frame(1, SUBSCRIBE))
        return self

    def __exit__(self, *error: object) -> None:
        self.raw.socket.close()


def test_sockets_that_vanish_during_a_broadcast_leave_nothing(server: OnePort, game: Game) -> None:
    for player in crowd(30):
        game.update(player)
    with LiveClient(server, ANA) as witness:
        witness.subscribe(100)
        before = descriptors(server)
        sockets = [RawSocket(server).__enter__() for _ in range(500)]
        for raw in sockets:
            assert raw.upgrade(handshake(server, WATCHER)) == 101
            raw.socket.sendall(frame(1, SUBSCRIBE))
        wait_for(lambda: server.metric("scoreboard_live_sockets") == 501)
        playing = started(lambda: [game.update(ANA) for _ in range(40)])
        for raw in sockets:
            raw.abort()
        playing()
        wait_for(lambda: server.metric("scoreboard_live_sockets") == 1)
        wait_for(lambda: descriptors(server) <= before + 2)
        assert shows(witness, "ana", 40 * 150)
    assert not re.search("Traceback|Exception", server.log.read_text())


@pytest.mark.long
def test_a_quiet_socket_stays_open(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as subscriber, LiveClient(one_port, BOB) as idle:
        subscriber.subscribe(10)
        for live in (subscriber, idle):
            # The client answers the server's pings, and receives nothing else.
            with pytest.raises(TimeoutError):
                live.socket.recv(22.5)
        assert subscriber.until_quiet() == idle.until_quiet() == []


def test_it_stops_while_its_sockets_vanish(server: OnePort) -> None:
    sockets = [RawSocket(server).__enter__() for _ in range(300)]
    for raw in sockets:
        assert raw.upgrade(handshake(server, WATCHER)) == 101
        raw.socket.sendall(frame(1, SUBSCRIBE))
    wait_for(lambda: server.metric("scoreboard_live_sockets") == 300)
    for raw in sockets:
        raw.socket.close()
    assert server.stop() in ENDED_BY_ITSELF
    assert "Traceback" not in server.log.read_text()
