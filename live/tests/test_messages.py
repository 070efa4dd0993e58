"""Good frames are answered. A bad frame gets an error, and the socket stays open."""

import pytest

from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.one_port import OnePort

BAD_LIMITS = ["0", "-1", "101", "1e3", "10.0", "true", '"10"', "null", "[]", "1" + "0" * 20]
BAD_FRAMES = [
    b"\x00\x01",
    "",
    "x",
    "[]",
    "null",
    "7",
    '"ping"',
    "{}",
    '{"type": 1}',
    '{"type": "PING"}',
    '{"type": "ping", "type": "ping"}',
    '{"type": "ping", "more": 1}',
    '{"type": "ping", "data": []}',
    '{"type": "subscribe_leaderboard", "data": {"limit": 5, "board": "x"}}',
    '{"type": "ping"} x',
    '{"type": "ping", "data": {"a": NaN}}',
    '{"type": "\\ud800"}',
    '{"a":' * 600 + "1" + "}" * 600,
    "[" * 4000,
]


def test_a_ping_is_answered(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        assert live.ask({"type": "ping"}) == {"type": "pong"}
        assert live.ask({"type": "ping", "data": {}}) == {"type": "pong"}


@pytest.mark.parametrize("frame", BAD_FRAMES, ids=range(len(BAD_FRAMES)))
def test_a_bad_frame_gets_an_error_and_the_socket_stays_open(one_port: OnePort, frame: str | bytes) -> None:
    with LiveClient(one_port, ANA) as live:
        answer = live.ask(frame)
        assert (answer["type"], answer["error"]["code"]) == ("error", "INVALID_REQUEST")
        assert answer["error"].keys() == {"code", "message", "details"}
        assert live.ask({"type": "ping"}) == {"type": "pong"}


@pytest.mark.parametrize("limit", BAD_LIMITS)
def test_a_bad_limit_gets_an_error_and_the_subscription_stays(one_port: OnePort, limit: str) -> None:
    with LiveClient(one_port, ANA) as live:
        live.subscribe(10)
        answer = live.ask(f'{{"type": "subscribe_leaderboard", "data": {{"limit": {limit}}}}}')
        assert answer["error"]["code"] == "INVALID_LIMIT"
        ANA.act()
        assert live.board()["limit"] == 10


@pytest.mark.parametrize("data", ["{}", '{"token": 1}', '{"token": ""}', '{"token": "é"}', '{"token": "x.y.z"}'])
def test_a_bad_token_gets_an_error_and_the_old_one_stays_valid(one_port: OnePort, data: str) -> None:
    with LiveClient(one_port, ANA) as live:
        answer = live.ask(f'{{"type": "authenticate", "data": {data}}}')
        assert answer["error"]["code"] == "INVALID_TOKEN"
        assert live.ask({"type": "ping"}) == {"type": "pong"}
