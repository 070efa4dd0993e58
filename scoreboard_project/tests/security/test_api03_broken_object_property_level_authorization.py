"""API3:2023 Broken Object Property Level Authorization: a body sets only what it may, an answer shows no more."""

from typing import Any

import pytest

from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scores.models import UserScore

TESTED_ELSEWHERE = [
    "live/tests/test_privacy.py::test_no_page_or_answer_shows_it",
    "scoreboard_project/tests/test_openapi.py::test_its_examples_keep_to_its_schemas",
    "scoreboard_project/tests/test_openapi_contract.py::test_it_answers_as_described",
]
SMUGGLED: dict[str, Any] = {
    "score": 10**6,
    "scoreIncrement": 10**6,
    "scoreValue": 10**6,
    "userId": "bob",
    "username": "Bob",
    "isHidden": False,
    "createdAt": "2001-01-01T00:00:00Z",
    "actionId": "action_1",
    "__proto__": {"score": 1},
}


@pytest.mark.parametrize("field", SMUGGLED)
def test_an_update_says_what_was_done_and_nothing_else(game: Game, field: str) -> None:
    game.update(BOB)
    body = {"actionType": "LEVEL_COMPLETE", field: SMUGGLED[field]}
    assert game.update(ANA, body).failed_with(400, "INVALID_REQUEST")
    assert [(user.user_id, user.current_score) for user in UserScore.objects.all()] == [("bob", 150)]


def test_public_answers_have_the_documented_fields_and_no_other(game: Game) -> None:
    game.update(ANA)
    (row,) = game.board()
    assert row.keys() == {"rank", "userId", "username", "score", "lastUpdated"}
    shown = game.get("users/ana/scores").data.keys()
    assert shown == {*row, "totalActions", "averageScorePerAction", "percentile", "totalPlayers"}
