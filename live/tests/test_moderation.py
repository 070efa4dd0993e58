"""What moderators do reaches open sockets: boards close up within a second, and banned users are sent away."""

import time
from datetime import timedelta

from django.utils import timezone

from live.sockets.messages import CloseCode
from live.tests.sockets import LiveClient, order
from scoreboard_project.testing.cast import ANA, BOB, CAROL
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.tokens.revocations import revoke_tokens
from scores.trust.moderations import begin_moderation, run_moderation, undo_moderation
from scores.trust.selections import Selection
from scores.trust.visibility import ban_users, hide_users, show_users, unban_users

SECOND = 1.0


def test_a_hidden_user_leaves_the_live_board_within_a_second(one_port: OnePort) -> None:
    ANA.act("BOSS_DEFEAT")
    BOB.act()
    with LiveClient(one_port, CAROL) as live, Game(one_port.address) as game:
        assert order(live.subscribe(10)) == ["ana", "bob"]
        started = time.monotonic()
        hide_users(["ana"], reason="a cheat")
        assert order(live.board()) == ["bob"]
        assert time.monotonic() - started < SECOND
        assert game.send("GET", "/players/ana").status == 404
        assert [row["userId"] for row in game.board()] == ["bob"]
        show_users(["ana"], reason="a mistake")
        assert order(live.board()) == ["ana", "bob"]


def test_reversed_events_leave_the_live_board_within_a_second_and_come_back(one_port: OnePort) -> None:
    ANA.act("BOSS_DEFEAT")
    BOB.act()
    chosen = Selection(action_type="BOSS_DEFEAT", since=timezone.now() - timedelta(days=1))
    moderation = begin_moderation(chosen, reason="an exploit")
    with LiveClient(one_port, CAROL) as live, Game(one_port.address) as game:
        assert order(live.subscribe(10)) == ["ana", "bob"]
        run_moderation(moderation)
        reversed_at = time.monotonic()
        assert order(live.board()) == ["bob", "ana"]
        assert time.monotonic() - reversed_at < SECOND
        assert "<span data-rank>2<" in game.send("GET", "/players/ana").content.decode()
        undo_moderation(moderation, reason="a mistake")
        assert order(live.board()) == ["ana", "bob"]


def test_the_socket_of_a_banned_user_is_closed_within_two_seconds(one_port: OnePort) -> None:
    started = time.monotonic()
    try:
        with LiveClient(one_port, ANA) as banned, LiveClient(one_port, BOB) as other:
            ban_users(["ana"], reason="a cheat")
            assert banned.close_code() == CloseCode.FORBIDDEN
            assert time.monotonic() - started < 2 * SECOND
            assert other.ask({"type": "ping"})["type"] == "pong"
        with LiveClient(one_port, ANA) as again:
            assert again.close_code() == CloseCode.FORBIDDEN
    finally:
        unban_users(["ana"], reason="the end")
    with LiveClient(one_port, ANA) as back:
        assert back.act()["type"] == "action_result"


def test_the_socket_of_a_revoked_token_is_closed_within_two_seconds(one_port: OnePort) -> None:
    old = ANA.bearer()["Authorization"].removeprefix("Bearer ")
    with LiveClient(one_port, ANA) as revoked, LiveClient(one_port, BOB) as other:
        started = time.monotonic()
        revoke_tokens(["ana"], reason="a stolen phone")
        assert revoked.close_code() == CloseCode.BAD_TOKEN
        assert time.monotonic() - started < 2 * SECOND
        answer = other.ask({"type": "authenticate", "data": {"token": old}})
        assert (answer["type"], answer["error"]["code"]) == ("error", "INVALID_TOKEN")
        assert other.ask({"type": "ping"})["type"] == "pong"
    with LiveClient(one_port, query=f"?token={old}") as again:
        assert again.close_code() == CloseCode.BAD_TOKEN
    with LiveClient(one_port, ANA) as back:
        assert back.act()["type"] == "action_result"
