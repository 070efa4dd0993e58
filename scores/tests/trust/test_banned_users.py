"""A banned user's tokens are refused from the next request on, in every process, and the user is hidden."""

import msgspec
import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Answer, Game
from scores.models import UserScore
from scores.ranks.drift import check_rank_index
from scores.trust.visibility import ban_users, hide_users, show_users, unban_users


def test_every_use_of_a_token_is_refused(game: Game) -> None:
    game.update(ANA)
    assert ban_users(["ana"], reason="a cheat")
    assert game.update(ANA).failed_with(403, "PERMISSION_DENIED")
    assert game.get("users/ana/scores/history", ANA).error["details"] == {"reason": "banned"}
    assert game.send("POST", "live/ticket", headers=ANA.bearer()).failed_with(403, "PERMISSION_DENIED")
    assert game.update(BOB).status == 200
    assert unban_users(["ana"], reason="a mistake")
    assert game.update(ANA).status == 200


def test_the_user_is_on_no_board_while_banned(game: Game) -> None:
    game.update(ANA)
    game.update(BOB)
    ban_users(["ana"], reason="a cheat")
    assert [row["userId"] for row in game.board()] == ["bob"]
    hide_users(["ana"], reason="a cheat")
    unban_users(["ana"], reason="served")
    assert [row["userId"] for row in game.board()] == ["bob"]
    show_users(["ana"], reason="a mistake")
    assert [row["userId"] for row in game.board()] == ["ana", "bob"]
    assert check_rank_index().is_clean


def test_who_never_scored_can_be_banned_and_leaves_nothing_when_unbanned(game: Game) -> None:
    ban_users(["ana"], reason="a cheat elsewhere")
    game.batch([{"userId": "ana", "requestId": "one", "actionType": "LEVEL_COMPLETE"}])
    ban_users(["bob"], reason="a cheat elsewhere")
    assert game.board() == []
    unban_users(["bob"], reason="a mistake")
    assert [(user.user_id, user.current_score) for user in UserScore.objects.all()] == [("ana", 150)]
    with pytest.raises(UserNotFound):
        unban_users(["bob"], reason="again")


def test_no_token_is_issued(game: Game, settings: Settings) -> None:
    """Also a refresh token that waited is worth nothing while the ban lasts, and is not spent meanwhile."""
    settings.TOKEN_REQUESTS_PER_MINUTE = 0
    user = User.objects.create_user("operator", password="correct horse battery")

    def ask(path: str, **body: str) -> Answer:
        headers = {"Content-Type": "application/json"}
        return game.send("POST", f"auth/{path}", headers=headers, content=msgspec.json.encode(body))

    login = {"username": "operator", "password": "correct horse battery"}
    waiting = ask("token", **login).data["refresh"]
    ban_users([str(user.pk)], reason="a leak")
    assert ask("token", **login).failed_with(403, "PERMISSION_DENIED")
    assert ask("token/refresh", refresh=waiting).error["details"] == {"reason": "banned"}
    unban_users([str(user.pk)], reason="found")
    assert ask("token/refresh", refresh=waiting).data["access"]


def test_another_process_refuses_from_the_next_request_on(server: str, scoreboard: None) -> None:
    with Game(server) as game:
        assert game.update(ANA).status == 200
        try:
            for _ in range(3):
                ban_users(["ana"], reason="a cheat")
                assert game.update(ANA).failed_with(403, "PERMISSION_DENIED")
                unban_users(["ana"], reason="a mistake")
                assert game.update(ANA).status == 200
        finally:
            unban_users(["ana"], reason="the end")
