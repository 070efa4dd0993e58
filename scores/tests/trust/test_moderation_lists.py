"""What moderators reversed, and what waits for them, by the API and by `manage.py moderate`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from action_types.models import ActionType
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scores.models import HeldAction, Moderation
from scores.tests.trust.test_moderation_api import MOD, post


def read(game: Game, path: str) -> Any:
    return game.get(path, MOD, "scores:moderate").data


def shown(*arguments: str) -> str:
    out = StringIO()
    call_command("moderate", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def two_moderations(game: Game) -> list[str]:
    """Everything of Ana, undone, and then an action of Bob's, unfinished."""
    game.update(ANA)
    action = game.update(BOB).data["actionId"]
    first = post(game, "moderations", {"userId": "ana", "reason": "a cheat"}).data["moderationId"]
    post(game, f"moderations/{first}/undo", {"reason": "a mistake"})
    second = post(game, "moderations", {"actionIds": [action], "reason": "a double"}).data["moderationId"]
    Moderation.objects.filter(pk=second).update(finished_at=None)
    return [first, second]


@pytest.fixture
def three_held(game: Game) -> list[str]:
    """Two of Ana's, of which the second is rejected, and one of Bob's."""
    ActionType.objects.filter(pk="BOSS_DEFEAT").update(hold_scores=True)
    body = {"actionType": "BOSS_DEFEAT", "metadata": {"boss": "Ovrik"}}
    ids = [game.update(player, body).data["actionId"] for player in (ANA, ANA, BOB)]
    post(game, "held-actions/reject", {"actionIds": [ids[1]], "reason": "odd"})
    return ids


def test_moderations_are_listed_newest_first(game: Game, two_moderations: list[str]) -> None:
    first, second = two_moderations
    page = read(game, "moderations")
    assert [(row["moderationId"], row["status"]) for row in page["moderations"]] == [
        (second, "unfinished"),
        (first, "undone"),
    ]
    assert (page["moderations"][0]["chosen"]["actions"], page["moderations"][1]["chosen"]["userId"]) == (1, "ana")
    assert (page["moderations"][1]["moderator"], page["moderations"][1]["reason"]) == ("token:mod-1", "a cheat")
    assert page["pagination"] == {"limit": 50, "offset": 0, "total": 2, "hasMore": False}


@pytest.mark.parametrize(
    ("query", "found"),
    [("status=undone", [0]), ("userId=ana", [0]), ("userId=bob", []), ("limit=1&offset=1", [0]), ("offset=9", [])],
)
def test_moderations_are_filtered(game: Game, two_moderations: list[str], query: str, found: list[int]) -> None:
    rows = read(game, f"moderations?{query}")["moderations"]
    assert [row["moderationId"] for row in rows] == [two_moderations[index] for index in found]


def test_held_actions_are_listed_oldest_first(game: Game, three_held: list[str]) -> None:
    page = read(game, "held-actions")
    assert [row["actionId"] for row in page["heldActions"]] == [three_held[0], three_held[2]]
    row = page["heldActions"][0]
    assert (row["userId"], row["points"], row["status"], row["metadata"]) == ("ana", 1000, "held", {"boss": "Ovrik"})
    assert (row["ipAddress"], row["decidedAt"], page["pagination"]["total"]) == ("127.0.0.1", None, 2)


@pytest.mark.parametrize(
    ("query", "found"),
    [("status=rejected", [1]), ("userId=bob", [2]), ("actionType=LEVEL_COMPLETE", []), ("limit=1&offset=1", [2])],
)
def test_held_actions_are_filtered(game: Game, three_held: list[str], query: str, found: list[int]) -> None:
    rows = read(game, f"held-actions?{query}")["heldActions"]
    assert [row["actionId"] for row in rows] == [three_held[index] for index in found]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("moderations?userId=anna", 404, "USER_NOT_FOUND"),
        ("moderations?status=done", 400, "INVALID_REQUEST"),
        ("moderations?user=ana", 400, "INVALID_REQUEST"),
        ("moderations?limit=201", 400, "INVALID_LIMIT"),
        ("held-actions?userId=a%00b", 404, "USER_NOT_FOUND"),
        ("held-actions?userId=", 400, "INVALID_REQUEST"),
        ("held-actions?status=held&status=held", 400, "INVALID_REQUEST"),
        ("held-actions?actionType=BOSS", 400, "INVALID_ACTION_TYPE"),
    ],
)
def test_a_wrong_filter_is_an_error(game: Game, path: str, status: int, code: str) -> None:
    assert game.get(path, MOD, "scores:moderate").failed_with(status, code)


@pytest.mark.parametrize("path", ["moderations", "held-actions"])
def test_only_moderators_read_them(game: Game, path: str) -> None:
    assert game.get(path).failed_with(401, "INVALID_TOKEN")
    assert game.get(path, ANA, "scores:read:any", "scores:write:any").failed_with(403, "PERMISSION_DENIED")
    assert game.send("HEAD", f"/api/v1/{path}", headers=MOD.bearer("scores:moderate")).status == 200


def test_the_command_shows_tables(game: Game, two_moderations: list[str], three_held: list[str]) -> None:
    lines = shown("list").splitlines()
    assert [line.split()[2:4] for line in lines[1:3]] == [
        [two_moderations[1], "unfinished"],
        [two_moderations[0], "undone"],
    ]
    assert lines[3] == "2 moderations"
    assert shown("held", "--limit", "1").splitlines()[-1] == "1 of 2 held actions"
    assert three_held[1] in shown("held", "--status", "rejected", "--user", "ana")


def test_the_command_prints_what_the_api_answers(game: Game, two_moderations: list[str], three_held: list[str]) -> None:
    assert json.loads(shown("list", "--json")) == read(game, "moderations")
    assert json.loads(shown("held", "--json")) == read(game, "held-actions")
    assert HeldAction.objects.count() == 3
