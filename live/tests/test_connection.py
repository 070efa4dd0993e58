"""The open socket: frames however they are cut, pings, answers in order, and little memory for each of many."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from live.tests.raw_socket import RawSocket, frame, handshake
from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA, Player
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tokens.tokens import issue_access_token

TEXT, CONTINUATION, PING, PONG = 1, 0, 9, 10
NOT_LAST = 0x00
WATCHER = Player("watcher", "Watcher")
SUBSCRIBE = b'{"type":"subscribe_leaderboard","data":{"limit":10}}'
ASK = frame(TEXT, b'{"type":"ping"}')
ANSWER = (TEXT, b'{"type":"pong"}')


@pytest.fixture
def raw(one_port: OnePort) -> Iterator[RawSocket]:
    """An open socket that has sent nothing yet."""
    with RawSocket(one_port) as found:
        assert found.upgrade(handshake(one_port, ANA)) == 101
        yield found


def test_frames_may_come_byte_by_byte(raw: RawSocket) -> None:
    for byte in ASK * 2:
        raw.socket.sendall(bytes([byte]))
        time.sleep(0.002)
    assert [raw.frame(), raw.frame()] == [ANSWER] * 2


@pytest.mark.parametrize("first", [1, 2, 5, len(ASK), len(ASK) + 3])
def test_frames_may_be_cut_anywhere(raw: RawSocket, first: int) -> None:
    data = ASK + frame(PING, b"a") + ASK
    raw.socket.sendall(data[:first])
    time.sleep(0.05)
    raw.socket.sendall(data[first:])
    assert sorted(raw.frame() for _ in range(3)) == sorted([ANSWER, ANSWER, (PONG, b"a")])


def test_pieces_and_pings_between_them(raw: RawSocket) -> None:
    pieces = frame(TEXT, b'{"type":', first=NOT_LAST), frame(PING, b"a"), frame(CONTINUATION, b'"ping"}')
    raw.socket.sendall(b"".join(pieces))
    assert [raw.frame(), raw.frame()] == [(PONG, b"a"), ANSWER]
    raw.socket.sendall(ASK)
    assert raw.frame() == ANSWER


def test_what_a_refused_client_sends_is_not_answered(one_port: OnePort) -> None:
    with RawSocket(one_port) as raw:
        assert raw.upgrade(handshake(one_port, ANA, changes={"Authorization": None})) == 101
        raw.socket.sendall(ASK)
        assert raw.close_code() == 4401


def test_answers_keep_their_order_while_a_token_waits_for_its_issuers_keys(
    own_server: Callable[..., OnePort],
) -> None:
    server = own_server(JWT_JWKS_URL="http://127.0.0.1:9/jwks.json", JWT_OUTSIDE_TIMEOUT="1")
    token = issue_access_token(user_id="ana", username="Ana")
    renew: list[Any] = [{"type": "authenticate", "data": {"token": token}}, {"type": "ping"}]
    with LiveClient(server, ANA) as live:
        for message in renew * 3:
            live.send(message)
        assert [live.receive()["type"] for _ in range(6)] == ["authenticated", "pong"] * 3


def test_a_peer_that_answers_no_ping_is_dropped_and_another_is_not(own_server: Callable[..., OnePort]) -> None:
    server = own_server("--ws-ping-interval", "1", "--ws-ping-timeout", "1")
    with RawSocket(server) as silent, LiveClient(server, WATCHER) as good:
        assert silent.upgrade(handshake(server, ANA)) == 101
        good.subscribe(10)
        assert silent.frame()[0] == PING
        assert silent.close_code() in {1011, None}
        time.sleep(2)
        assert good.until_quiet() == []
        assert server.metric("scoreboard_live_sockets") == 1


def resident_kib(server: OnePort) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())
    assert found
    return int(found[1])


@pytest.mark.long
def test_each_of_many_sockets_takes_little_memory(own_server: Callable[..., OnePort]) -> None:
    server = own_server(LIVE_SOCKETS_PER_USER="0")
    with ExitStack() as opened:
        memory: list[int] = []
        for count in (300, 1_300):
            for _ in range(count - len(memory) * 300):
                raw = opened.enter_context(RawSocket(server))
                assert raw.upgrade(handshake(server, WATCHER)) == 101
                raw.socket.sendall(frame(TEXT, SUBSCRIBE))
                assert json.loads(raw.frame()[1])["type"] == "scoreboard_update"
            memory.append(resident_kib(server))
        assert server.metric("scoreboard_live_sockets") == 1_300
    assert (memory[1] - memory[0]) / 1_000 <= 10
    wait_for(lambda: server.metric("scoreboard_live_sockets") == 0)
