"""The judge alone, for moments that a test cannot wait for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from action_types.selectors import ActionTypeRules
from scoreboard_project.testing.cast import ANA
from scores.services.rules import Circumstances, Judge
from scores.services.tallies import Counted, Tally

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ONCE_A_DAY = {"max_per_day": 1}


def verdicts(rules: dict[str, Any], moment: datetime, counted: Counted, actions: int = 1) -> list[Any]:
    """For each action None, or the rule and its wait."""
    kind = ActionTypeRules("DAILY_BONUS", is_active=True, is_ruled=True, **rules)
    judge = Judge({"DAILY_BONUS": kind}, Circumstances(moment, []), {("ana", "DAILY_BONUS"): counted})
    judge.look_at([ANA.action("DAILY_BONUS") for _ in range(actions)])
    found = {at: (error.details["rule"], error.details["retryAfter"]) for at, error in judge.refused.items()}
    return [found.get(at) for at in range(actions)]


def done(*moments: datetime) -> Counted:
    counted = Counted(Tally("ana", "DAILY_BONUS"))
    for moment in moments:
        counted = counted.with_event(moment)
    return counted


def test_each_side_of_midnight_has_its_own_count() -> None:
    before = MIDNIGHT - MICROSECOND
    assert verdicts(ONCE_A_DAY, before, done(), 2) == [None, ("maxPerDay", 1)]
    assert verdicts(ONCE_A_DAY, before, done(MIDNIGHT - timedelta(hours=23))) == [("maxPerDay", 1)]
    assert verdicts(ONCE_A_DAY, before, done(MIDNIGHT - timedelta(days=1, microseconds=1))) == [None]
    assert verdicts(ONCE_A_DAY, MIDNIGHT, done(before), 2) == [None, ("maxPerDay", 86_400)]
    assert verdicts(ONCE_A_DAY, MIDNIGHT, done(MIDNIGHT)) == [("maxPerDay", 86_400)]


@pytest.mark.parametrize(
    ("rules", "rule", "window"),
    [
        ({"max_per_minute": 1}, "maxPerMinute", timedelta(minutes=1)),
        ({"max_per_hour": 1}, "maxPerHour", timedelta(hours=1)),
        ({"cooldown_seconds": 90}, "cooldownSeconds", timedelta(seconds=90)),
    ],
)
def test_a_window_ends_to_the_microsecond(rules: dict[str, Any], rule: str, window: timedelta) -> None:
    first = MIDNIGHT - timedelta(minutes=30)
    assert verdicts(rules, first + window - MICROSECOND, done(first)) == [(rule, 1)]
    assert verdicts(rules, first + window, done(first)) == [None]


def test_a_lowered_limit_waits_until_enough_are_past() -> None:
    moments = [MIDNIGHT + timedelta(seconds=second) for second in (0, 10, 20)]
    assert verdicts({"max_per_minute": 2}, MIDNIGHT + timedelta(seconds=30), done(*moments)) == [("maxPerMinute", 40)]


@pytest.mark.parametrize(("second", "rule"), [(-1, ("validFrom", 1)), (0, None), (9, None), (10, ("validUntil", None))])
def test_a_time_includes_its_start_and_not_its_end(second: int, rule: Any) -> None:
    rules = {"valid_from": MIDNIGHT, "valid_until": MIDNIGHT + timedelta(seconds=10)}
    assert verdicts(rules, MIDNIGHT + timedelta(seconds=second), done()) == [rule]
