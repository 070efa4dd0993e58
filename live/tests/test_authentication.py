"""Who may watch: a token in the header or the address, or a ticket. The socket closes when the token expires."""

import time

import httpx
import jwt
import pytest

from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA, BOB, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.refresh_tokens import refresh_token
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.tokens.tokens import issue_access_token


def token_of(player: Player, lifetime: int | None = None) -> str:
    return issue_access_token(user_id=player.user_id, username=player.username, lifetime=lifetime)


def ticket_for(server: OnePort, player: Player) -> str:
    with Game(server.address) as game:
        ticket: str = game.send("POST", "live/ticket", headers=player.bearer()).data["ticket"]
        return ticket


def is_welcome(live: LiveClient) -> bool:
    return live.ask({"type": "ping"}) == {"type": "pong"}


def test_a_token_in_the_header(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        assert is_welcome(live)


def test_a_token_in_the_address(one_port: OnePort) -> None:
    with LiveClient(one_port, query=f"?token={token_of(ANA)}") as live:
        assert is_welcome(live)


def test_a_ticket_works_once(one_port: OnePort) -> None:
    ticket = ticket_for(one_port, ANA)
    with LiveClient(one_port, query=f"?ticket={ticket}") as live:
        assert is_welcome(live)
    with LiveClient(one_port, query=f"?ticket={ticket}") as live:
        assert live.close_code() == 4401


def test_a_viewer_token_can_watch(one_port: OnePort) -> None:
    token = httpx.post(f"{one_port.address}/api/v1/live/viewer-token").json()["data"]["token"]
    with LiveClient(one_port, query=f"?token={token}") as live:
        assert live.subscribe(10)["leaderboard"] == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?token=",
        "?token=x",
        "?token=a.b.c",
        "?token=%FF%00",
        "?ticket=",
        "?ticket=unknown",
        "?ticket=" + "x" * 2000,
        "?ticket=%C3%A9",
        "?token=a&token=b",
        "?ticket=a&ticket=b",
        "?" + "&".join(f"a{number}=1" for number in range(50)),
    ],
)
def test_without_a_valid_token_or_ticket_the_socket_is_closed(one_port: OnePort, query: str) -> None:
    with LiveClient(one_port, query=query) as live:
        assert live.close_code() == 4401


def forged(kind: str) -> str:
    claims = {"user_id": "ana", "username": "Ana", "exp": time.time() + 600, "iss": "scoreboard", "aud": "scoreboard"}
    if kind == "expired":
        return token_of(ANA, lifetime=-60)
    if kind == "refresh":
        return refresh_token("ana")
    if kind == "alg none":
        return jwt.encode(claims, "", algorithm="none")
    return jwt.encode(claims, "x" * 32, algorithm="HS256")


@pytest.mark.parametrize("kind", ["expired", "refresh", "alg none", "HS256"])
def test_an_invalid_token_closes_the_socket(one_port: OnePort, kind: str) -> None:
    with LiveClient(one_port, query=f"?token={forged(kind)}") as live:
        assert live.close_code() == 4401


def test_the_socket_closes_when_its_token_expires(one_port: OnePort) -> None:
    with LiveClient(one_port, query=f"?token={token_of(ANA, lifetime=2)}") as live:
        assert is_welcome(live)
        assert live.close_code() == 4401


def test_a_new_token_keeps_it_open(one_port: OnePort) -> None:
    with LiveClient(one_port, query=f"?token={token_of(ANA, lifetime=2)}") as live:
        answer = live.ask({"type": "authenticate", "data": {"token": token_of(ANA)}})
        assert (answer["type"], answer["data"].keys()) == ("authenticated", {"expiresAt"})
        time.sleep(2.5)  # until the first token has expired
        assert is_welcome(live)


def test_a_new_token_can_belong_to_another_user(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        assert live.ask({"type": "authenticate", "data": {"token": token_of(BOB)}})["type"] == "authenticated"
        assert is_welcome(live)
