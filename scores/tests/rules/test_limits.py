"""How often a user may do an action: in a minute, an hour, a day, ever, and how soon again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from scoreboard_project.testing.cast import ANA, BOB
from scores.models import ActionTally, ScoreEvent, ScoreRequest, UserScore
from scores.operations.erasure import erase_user
from scores.operations.reversals import actions_of, reverse_actions
from scores.services.actions import Reporter, ScoreAction
from scores.services.apply import apply_score_actions
from scores.tests.rules.ruled import age_everything, details, outcomes, set_rules

pytestmark = pytest.mark.usefixtures("scoreboard")


def test_once_ever_is_once() -> None:
    set_rules(max_ever=1)
    assert ANA.act("DAILY_BONUS").recorded
    assert details(ANA.act("DAILY_BONUS")) == {"rule": "maxEver", "limit": 1, "retryAfter": None}
    assert BOB.act("DAILY_BONUS").recorded


def test_a_refused_action_stores_nothing_and_burns_no_id() -> None:
    set_rules(max_ever=1)
    ANA.act("DAILY_BONUS", request_id="r1")
    for _ in range(2):
        assert details(ANA.act("DAILY_BONUS", request_id="r2"))["rule"] == "maxEver"
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == UserScore.objects.get().version == 1
    assert ANA.act(request_id="r2").recorded
    assert ActionTally.objects.get().total == 1


def test_a_day_ends_at_midnight_utc() -> None:
    set_rules(max_per_day=2)
    assert outcomes([ANA.act("DAILY_BONUS") for _ in range(3)]) == ["applied", "applied", "maxPerDay"]
    now = timezone.now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    refusal = details(ANA.act("DAILY_BONUS"))
    assert refusal["limit"] == 2
    assert abs(refusal["retryAfter"] - (midnight - now).total_seconds()) < 5
    age_everything(days=1)
    assert outcomes([ANA.act("DAILY_BONUS") for _ in range(3)]) == ["applied", "applied", "maxPerDay"]
    assert ActionTally.objects.get().total == 4


@pytest.mark.parametrize(
    ("field", "rule", "seconds"), [("max_per_minute", "maxPerMinute", 60), ("max_per_hour", "maxPerHour", 3600)]
)
def test_a_window_slides(field: str, rule: str, seconds: int) -> None:
    set_rules("DAILY_BONUS", **{field: 2})
    ANA.act("DAILY_BONUS")
    age_everything(seconds=seconds - 20)
    ANA.act("DAILY_BONUS")
    refusal = details(ANA.act("DAILY_BONUS"))
    assert (refusal["rule"], refusal["limit"]) == (rule, 2)
    assert 15 <= refusal["retryAfter"] <= 20
    age_everything(seconds=21)
    assert outcomes([ANA.act("DAILY_BONUS"), ANA.act("DAILY_BONUS")]) == ["applied", rule]


def test_a_cooldown_is_a_pause_after_each() -> None:
    set_rules(cooldown_seconds=100)
    ANA.act("DAILY_BONUS")
    age_everything(seconds=40)
    refusal = details(ANA.act("DAILY_BONUS"))
    assert (refusal["rule"], refusal["limit"]) == ("cooldownSeconds", 100)
    assert 55 <= refusal["retryAfter"] <= 60
    age_everything(seconds=61)
    assert outcomes([ANA.act("DAILY_BONUS"), ANA.act("DAILY_BONUS")]) == ["applied", "cooldownSeconds"]


def test_of_several_limits_the_longest_wait_is_told() -> None:
    set_rules(max_per_minute=1, max_per_hour=1, cooldown_seconds=7200)
    ANA.act("DAILY_BONUS")
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "cooldownSeconds"
    set_rules(max_ever=1)
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "maxEver"


def test_actions_of_one_write_count_in_their_order() -> None:
    set_rules(max_ever=2)
    kinds = ["LEVEL_COMPLETE", "DAILY_BONUS", "DAILY_BONUS", "DAILY_BONUS", "LEVEL_COMPLETE"]
    results = apply_score_actions([*(ANA.action(kind) for kind in kinds), BOB.action("DAILY_BONUS")])
    assert outcomes(results) == ["applied", "applied", "applied", "maxEver", "applied", "applied"]
    assert [result.recorded.new_score for result in results if result.recorded] == [150, 200, 250, 400, 50]
    assert [result.previous_rank for result in results if result.recorded] == [None, 1, 1, 1, None]


def test_a_repeated_write_counts_once_and_has_its_results_again() -> None:
    set_rules(max_ever=3)
    sent = [ANA.action("DAILY_BONUS", request_id=f"r{number}") for number in (1, 2)]
    assert outcomes(apply_score_actions([*sent, sent[0]])) == ["applied", "applied", "replayed"]
    more = [ANA.action("DAILY_BONUS", request_id=f"r{number}") for number in (3, 4)]
    assert outcomes(apply_score_actions([*sent, *more])) == ["replayed", "replayed", "applied", "maxEver"]


def test_actions_from_before_the_rule_count() -> None:
    ANA.act("DAILY_BONUS")
    ANA.act()
    set_rules(max_ever=2)
    assert outcomes([ANA.act("DAILY_BONUS"), ANA.act("DAILY_BONUS")]) == ["applied", "maxEver"]


def test_actions_from_while_the_rule_was_off_count() -> None:
    set_rules(max_ever=3)
    ANA.act("DAILY_BONUS")
    set_rules(max_ever=None)
    ANA.act("DAILY_BONUS")
    set_rules(max_ever=3)
    assert outcomes([ANA.act("DAILY_BONUS"), ANA.act("DAILY_BONUS")]) == ["applied", "maxEver"]


def test_a_changed_limit_holds_at_once() -> None:
    set_rules(max_per_hour=1)
    ANA.act("DAILY_BONUS")
    set_rules(max_per_hour=3)
    assert outcomes([ANA.act("DAILY_BONUS") for _ in range(3)]) == ["applied", "applied", "maxPerHour"]
    set_rules(max_per_hour=None)
    assert ANA.act("DAILY_BONUS").recorded


def test_once_ever_survives_the_retention_of_events() -> None:
    set_rules(max_ever=1)
    ANA.act("DAILY_BONUS")
    ScoreEvent.objects.all().delete()
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "maxEver"


def test_a_reversed_action_still_counts() -> None:
    set_rules(max_ever=1)
    ANA.act("DAILY_BONUS")
    assert reverse_actions(actions_of("ana"), reason="a test").reversed == 1
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "maxEver"


def test_an_erased_user_is_forgotten() -> None:
    set_rules(max_ever=1)
    ANA.act("DAILY_BONUS")
    erase_user("ana")
    assert not ActionTally.objects.exists()
    assert ANA.act("DAILY_BONUS").recorded


def test_the_operators_actions_are_not_refused_but_count() -> None:
    set_rules(max_ever=2, server_only=True)
    history = [ScoreAction("ana", "Ana", f"i{n}", "DAILY_BONUS", reporter=Reporter.OPERATOR) for n in range(3)]
    assert outcomes(apply_score_actions(history)) == ["applied"] * 3
    set_rules(server_only=False)
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "maxEver"
