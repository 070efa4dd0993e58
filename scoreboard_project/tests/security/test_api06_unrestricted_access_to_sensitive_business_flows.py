"""API6:2023 Unrestricted Access to Sensitive Business Flows: a machine gains no more than the rules allow."""

from typing import Any

from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scores.tests.rules.ruled import set_rules

TESTED_ELSEWHERE = [
    "scores/tests/rules/test_limits.py::test_once_ever_is_once",
    "scores/tests/rules/test_limits.py::test_a_cooldown_is_a_pause_after_each",
    "scores/tests/rules/test_rules.py::test_a_servers_type_is_refused_to_users",
    "scores/tests/trust/test_quarantine.py::test_it_is_seen_nowhere",
]


def test_one_user_does_so_much_in_a_minute_and_hinders_nobody(game: Game, settings: Any) -> None:
    settings.SCORE_UPDATES_PER_MINUTE = 5
    assert [game.update(ANA).status for _ in range(8)] == [200] * 5 + [429] * 3
    assert game.update(BOB).status == 200


def test_a_bonus_is_given_once_however_it_is_asked_for(game: Game) -> None:
    set_rules(max_ever=1)
    body = {"actionType": "DAILY_BONUS"}
    assert game.update(ANA, body).status == 200
    repeats = [game.update(ANA, body, idempotency_key=f"try-{number}") for number in range(3)]
    repeats += [game.update(ANA, {**body, "metadata": {"try": number}}) for number in range(3)]
    assert all(answer.failed_with(422, "ACTION_NOT_ALLOWED") for answer in repeats)
