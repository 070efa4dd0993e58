"""API1:2023 Broken Object Level Authorization: nobody reads or changes what is another user's by naming it."""

from urllib.parse import quote

import pytest

from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game

TESTED_ELSEWHERE = [
    "scoreboard_project/tests/security/test_matrix.py::test_each_caller_gets_into_what_it_may_and_nowhere_else",
    "live/tests/test_privacy.py::test_only_the_users_own_history_has_the_metadata",
    "live/tests/test_privacy.py::test_no_page_or_answer_shows_it",
]
SECRET = "note-of-ana-alone"


@pytest.mark.parametrize(
    "written",
    [
        "ana",
        "%61na",
        "ana%20",
        "ana/",
        "./ana",
        "bob/../ana",
        "ANA",
        "ana%00",
        "*",
        "%25",
    ],
)
def test_however_another_user_is_written_their_history_stays_theirs(game: Game, written: str) -> None:
    game.update(ANA, {"actionType": "LEVEL_COMPLETE", "metadata": {"note": SECRET}})
    game.update(BOB)
    answer = game.get(f"users/{written}/scores/history", BOB)
    assert answer.status in {400, 403, 404}
    assert SECRET.encode() not in answer.content


def test_who_exists_is_not_told(game: Game) -> None:
    game.update(ANA)
    known, unknown = (game.get(f"users/{quote(name)}/scores/history", BOB) for name in ("ana", "nobody"))
    assert known.status == unknown.status == 403
    assert known.error == unknown.error
