"""A server that does not use our websocket protocol, such as daphne's `runserver`: the same contract by plain ASGI."""

from collections.abc import Callable

import pytest

from live.tests.sockets import LiveClient, order
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import started
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tokens.tokens import issue_access_token

PING = {"type": "ping"}


@pytest.fixture
def server(own_server: Callable[..., OnePort]) -> OnePort:
    """uvicorn with its own websocket protocol."""
    return own_server("--ws", "websockets-sansio")


def test_a_board_its_changes_and_the_answers(server: OnePort) -> None:
    with Game(server.address) as game, LiveClient(server, ANA) as live:
        game.update(ANA)
        assert order(live.subscribe(10)) == ["ana"]
        game.update(BOB, {"actionType": "BOSS_DEFEAT"})
        assert order(live.board()) == ["bob", "ana"]
        assert live.ask("x")["error"]["code"] == "INVALID_REQUEST"
        token = issue_access_token(user_id="ana", username="Ana")
        assert live.ask({"type": "authenticate", "data": {"token": token}})["type"] == "authenticated"
        for _ in range(5):
            live.send(PING)
        assert [live.receive() for _ in range(5)] == [{"type": "pong"}] * 5


def test_the_close_codes(server: OnePort) -> None:
    with LiveClient(server, query="?token=x") as live:
        assert live.close_code() == 4401
    with LiveClient(server, ANA, Origin="null") as live:
        assert live.close_code() == 4403
    with LiveClient(server, ANA) as live:
        for _ in range(21):
            live.send(PING)
        assert live.close_code() == 4429
    token = issue_access_token(user_id="ana", username="Ana", lifetime=2)
    with LiveClient(server, query=f"?token={token}") as live:
        assert live.close_code() == 4401
    with LiveClient(server, ANA) as live:
        assert live.ask(PING) == {"type": "pong"}
        code = started(server.stop)
        assert live.receive()["type"] == "reconnect"
        assert live.close_code() == 1001
    code()


def test_a_socket_that_is_closed_is_forgotten(server: OnePort) -> None:
    with LiveClient(server, ANA) as live:
        live.subscribe(10)
        assert server.metric("scoreboard_live_sockets") == 1
    wait_for(lambda: server.metric("scoreboard_live_sockets") == 0)
