"""Actions that arrive together, some of types with rules: one transaction, and each has its own result."""

from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from pytest_django.fixtures import Settings

from action_types.services import ensure_reserved_action_type
from scoreboard_project.testing.cast import ANA, BOB, CAROL, crowd
from scoreboard_project.testing.loops import run_together
from scoreboard_project.testing.servers.api_server import database_address
from scoreboard_project.testing.threads import started
from scores.models import MAX_SCORE, OPENING_BALANCE, ActionTally, ScoreEvent, ScoreRequest
from scores.ranks.drift import check_rank_index
from scores.services.actions import ScoreAction, ScoreActionResult
from scores.services.apply import apply_score_actions
from scores.services.report import report_action
from scores.tests.cuts import Cuts
from scores.tests.rules.ruled import set_rules


@pytest.fixture(autouse=True)
def unlimited(scoreboard: None, settings: Settings) -> None:
    """An empty scoreboard; the rate limit is off."""
    settings.SCORE_UPDATES_PER_MINUTE = 0


def report(*actions: ScoreAction) -> list[Any]:
    return run_together(report_action(action) for action in actions)


def told(results: list[Any]) -> list[Any]:
    """The new score of each action, or the rule that refused it."""
    return [
        result.recorded.new_score
        if isinstance(result, ScoreActionResult) and result.recorded
        else result.details.get("rule", result.code)
        for result in results
    ]


def test_a_group_keeps_its_order_and_a_refused_action_fails_alone() -> None:
    set_rules(max_ever=1)
    kinds = ["LEVEL_COMPLETE", "DAILY_BONUS", "LEVEL_COMPLETE", "DAILY_BONUS", "NO_SUCH_TYPE", "LEVEL_COMPLETE"]
    results = report(*(ANA.action(kind) for kind in kinds), BOB.action("DAILY_BONUS"), CAROL.action())
    assert told(results) == [150, 200, 350, "maxEver", "INVALID_ACTION_TYPE", 500, 50, 150]
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == 6
    assert check_rank_index().is_clean


def test_a_rule_saved_meanwhile_holds_for_the_next_group() -> None:
    assert told(report(ANA.action("DAILY_BONUS"))) == [50]
    set_rules(max_ever=2)
    assert told(report(ANA.action("DAILY_BONUS"), ANA.action("DAILY_BONUS"), BOB.action())) == [100, "maxEver", 150]
    set_rules(max_ever=None)
    assert told(report(ANA.action("DAILY_BONUS"))) == [150]


def test_a_score_that_would_leave_its_range_fails_alone() -> None:
    set_rules(max_ever=1)
    ensure_reserved_action_type(OPENING_BALANCE, description="", category="")
    apply_score_actions([ScoreAction("bob", "Bob", "balance", OPENING_BALANCE, points=MAX_SCORE - 10)])
    results = report(ANA.action("DAILY_BONUS"), BOB.action("DAILY_BONUS"), ANA.action())
    assert told(results) == [50, "score_range", 200]
    assert list(ActionTally.objects.filter(total__gt=0).values_list("user_id", flat=True)) == ["ana"]


def test_a_locked_tally_delays_nobody_else() -> None:
    set_rules(max_ever=5)
    report(ANA.action("DAILY_BONUS"))
    with psycopg.connect(database_address()) as holder, holder.transaction():
        holder.execute("SELECT FROM action_tallies WHERE user_id = 'ana' FOR UPDATE")
        answers = started(lambda: report(ANA.action("DAILY_BONUS"), *(player.action() for player in crowd(5))))
        others = started(lambda: report(BOB.action()))
        assert told(others()) == [150]
    assert told(answers()) == [100] + [150] * 5


@pytest.mark.parametrize("place", ["before", "during", "after"])
def test_a_connection_cut_within_the_transaction_stores_nothing_or_all(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    set_rules(max_ever=1)
    assert told(report(BOB.action("DAILY_BONUS"))) == [50]
    actions = [ANA.action("DAILY_BONUS", request_id="r1"), ANA.action("DAILY_BONUS", request_id="r2")]
    Cuts(monkeypatch).places = [place]
    results = report(*actions)
    if place != "during":
        assert all(isinstance(result, OperationalError) for result in results)
        assert ScoreEvent.objects.count() == ActionTally.objects.count() == 1
        results = report(*actions)
    assert told(results) == [50, "maxEver"]
    assert sorted(ActionTally.objects.values_list("user_id", "total")) == [("ana", 1), ("bob", 1)]
