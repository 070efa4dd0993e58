"""Limits on sockets per user, address and process, on messages per socket, and on bytes per frame."""

import json
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA, BOB, Player, crowd
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tokens.tokens import MAX_TOKEN_LENGTH, issue_access_token

PING = {"type": "ping"}


def is_refused(server: OnePort, player: Player) -> bool:
    with LiveClient(server, player) as live:
        try:
            return live.ask(PING) != {"type": "pong"}
        except ConnectionClosed:
            return live.close_code() == 4429


@pytest.mark.parametrize(
    ("setting", "players"),
    [
        ("LIVE_SOCKETS_PER_USER", [ANA] * 4),
        ("LIVE_SOCKETS_PER_ADDRESS", crowd(4)),
        ("LIVE_MAX_SOCKETS", crowd(4)),
    ],
)
def test_a_socket_over_the_limit_is_closed_until_another_leaves(
    own_server: Callable[..., OnePort], setting: str, players: list[Player]
) -> None:
    server = own_server(**{setting: "3"})
    with ExitStack() as opened:
        sockets = [opened.enter_context(LiveClient(server, player)) for player in players[:3]]
        assert all(socket.until_quiet() == [] for socket in sockets)
        assert is_refused(server, players[3])
        sockets[0].socket.close()
        wait_for(lambda: not is_refused(server, players[3]))


def test_the_default_is_five_sockets_per_user(one_port: OnePort) -> None:
    with ExitStack() as opened:
        for _ in range(5):
            assert opened.enter_context(LiveClient(one_port, ANA)).until_quiet() == []
        assert is_refused(one_port, ANA)
        assert not is_refused(one_port, BOB)


def test_zero_means_no_limit(own_server: Callable[..., OnePort]) -> None:
    server = own_server(
        LIVE_SOCKETS_PER_USER="0", LIVE_SOCKETS_PER_ADDRESS="0", LIVE_MAX_SOCKETS="0", LIVE_MESSAGES_PER_10_SECONDS="0"
    )
    with ExitStack() as opened:
        sockets = [opened.enter_context(LiveClient(server, ANA)) for _ in range(60)]
        assert sockets[-1].until_quiet() == []
        for _ in range(100):
            assert sockets[0].ask(PING) == {"type": "pong"}


def test_too_many_messages_close_the_socket(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        for _ in range(20):
            assert live.ask(PING) == {"type": "pong"}
        live.send(PING)
        assert live.close_code() == 4429


def test_bad_messages_count_too(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        for _ in range(21):
            live.send("x")
        assert live.close_code() == 4429


@pytest.mark.parametrize("pieces", [1, 5])
def test_a_frame_over_4_kib_closes_the_socket(one_port: OnePort, pieces: int) -> None:
    with LiveClient(one_port, ANA) as live:
        live.socket.send("x" * (4096 + 1) if pieces == 1 else ["x" * 1000] * pieces)
        assert live.close_code() == 1009


def test_an_authenticate_frame_may_have_a_token_of_8_kib(one_port: OnePort) -> None:
    token = issue_access_token(user_id="ana", username="Ana", scopes=["x" * 5_600])
    assert 7_900 < len(token) <= MAX_TOKEN_LENGTH
    frames = [
        {"type": "authenticate", "data": {"token": token}},
        {"data": {"token": token}, "type": "authenticate"},
    ]
    with LiveClient(one_port, ANA) as live:
        for frame in frames:
            assert live.ask(frame)["type"] == "authenticated"
        text = json.dumps(frames[0])
        live.socket.send([text[at : at + 1000] for at in range(0, len(text), 1000)])
        assert live.receive()["type"] == "authenticated"
        assert live.ask({"type": "authenticate", "data": {"token": "x" * (MAX_TOKEN_LENGTH + 1)}})["type"] == "error"
        assert live.until_quiet() == []


def test_an_authenticate_frame_over_9_kib_closes_the_socket(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        live.send({"type": "authenticate", "data": {"token": "x" * 9_300}})
        assert live.close_code() == 1009


def test_a_frame_of_4_kib_is_read(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        frame = json.dumps(PING)
        assert live.ask(frame + " " * (4096 - len(frame))) == {"type": "pong"}
