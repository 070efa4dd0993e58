"""Rules that ask for something else than a count: metadata, a server, a time, another action."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from scoreboard_project.testing.cast import ANA, BOB
from scores.models import ActionTally, ScoreEvent, ScoreRequest, UserScore
from scores.services.actions import Reporter, ScoreAction
from scores.services.apply import apply_score_actions
from scores.services.writes import APPLY, APPLY_JUDGED
from scores.tests.rules.ruled import details, outcomes, set_rules

pytestmark = pytest.mark.usefixtures("scoreboard")

SCHEMA = {
    "type": "object",
    "required": ["level"],
    "properties": {"level": {"type": "integer", "minimum": 1, "maximum": 100}},
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("metadata", "path", "keyword"),
    [
        ({"level": 0}, "$.level", "minimum"),
        ({"level": "5"}, "$.level", "type"),
        ({}, "$.level", "required"),
        ({"level": 1, "x" * 3000: 1}, "$", "additionalProperties"),
    ],
)
def test_metadata_must_match_the_schema(metadata: dict[str, Any], path: str, keyword: str) -> None:
    set_rules(metadata_schema=SCHEMA)
    refusal = details(ANA.act("DAILY_BONUS", metadata=metadata))
    assert refusal == {"rule": "metadataSchema", "limit": None, "retryAfter": None, "path": path, "keyword": keyword}
    assert ANA.act("DAILY_BONUS", metadata={"level": 100}).recorded


def test_a_changed_schema_holds_at_once() -> None:
    set_rules(metadata_schema=SCHEMA)
    ANA.act("DAILY_BONUS", metadata={"level": 5})
    set_rules(metadata_schema={"properties": {"level": {"maximum": 4}}})
    assert details(ANA.act("DAILY_BONUS", metadata={"level": 5}))["rule"] == "metadataSchema"


@pytest.mark.parametrize("schema", [[], {"type": 5}, {"$ref": "#"}, {"$ref": "http://127.0.0.1:1/schema"}, "text"])
def test_a_schema_that_somebody_broke_by_sql_refuses_and_fetches_nothing(schema: Any) -> None:
    set_rules(metadata_schema=schema)
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "metadataSchema"


def test_a_servers_type_is_refused_to_users() -> None:
    set_rules(server_only=True)
    assert details(ANA.act("DAILY_BONUS")) == {"rule": "serverOnly", "limit": None, "retryAfter": None}
    (result,) = apply_score_actions([ScoreAction("ana", "Ana", "r1", "DAILY_BONUS", reporter=Reporter.SERVER)])
    assert result.recorded


def test_a_servers_actions_have_limits_too() -> None:
    set_rules(max_ever=1)
    sent = [ScoreAction("ana", "Ana", f"r{number}", "DAILY_BONUS", reporter=Reporter.SERVER) for number in (1, 2)]
    assert outcomes(apply_score_actions(sent)) == ["applied", "maxEver"]


def test_a_type_has_its_time() -> None:
    now = timezone.now()
    set_rules(valid_from=now + timedelta(seconds=90))
    refusal = details(ANA.act("DAILY_BONUS"))
    assert refusal["rule"] == "validFrom"
    assert 80 < refusal["retryAfter"] <= 90
    set_rules(valid_from=now - timedelta(days=1), valid_until=now + timedelta(days=1))
    assert ANA.act("DAILY_BONUS").recorded
    set_rules(valid_until=now)
    assert details(ANA.act("DAILY_BONUS")) == {"rule": "validUntil", "limit": None, "retryAfter": None}


def test_another_action_comes_first_as_often_as_required() -> None:
    set_rules(requires_action_type="BOSS_DEFEAT", requires_count=2)
    BOB.act("BOSS_DEFEAT")
    ANA.act("BOSS_DEFEAT")
    assert details(ANA.act("DAILY_BONUS")) == {
        "rule": "requires",
        "limit": 2,
        "retryAfter": None,
        "actionType": "BOSS_DEFEAT",
    }
    ANA.act("BOSS_DEFEAT")
    assert ANA.act("DAILY_BONUS").recorded
    assert details(BOB.act("DAILY_BONUS"))["rule"] == "requires"


def test_a_required_action_may_come_earlier_in_the_same_write_but_not_later() -> None:
    set_rules(requires_action_type="BOSS_DEFEAT", requires_count=1)
    kinds = ["DAILY_BONUS", "BOSS_DEFEAT", "DAILY_BONUS"]
    assert outcomes(apply_score_actions([ANA.action(kind) for kind in kinds])) == ["requires", "applied", "applied"]
    # Counted once, although it was seen before it was stored.
    set_rules(requires_count=2)
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "requires"


def test_a_refused_action_does_not_fulfil_a_requirement() -> None:
    set_rules("BOSS_DEFEAT", server_only=True)
    set_rules(requires_action_type="BOSS_DEFEAT", requires_count=1)
    kinds = ["BOSS_DEFEAT", "DAILY_BONUS"]
    assert outcomes(apply_score_actions([ANA.action(kind) for kind in kinds])) == ["serverOnly", "requires"]


def test_a_requirement_survives_the_retention_of_events() -> None:
    set_rules(requires_action_type="BOSS_DEFEAT", requires_count=1)
    ANA.act("BOSS_DEFEAT")
    ANA.act("DAILY_BONUS")
    ScoreEvent.objects.all().delete()
    assert ANA.act("DAILY_BONUS").recorded


def test_a_user_who_was_only_refused_leaves_no_trace() -> None:
    set_rules(requires_action_type="BOSS_DEFEAT", requires_count=1, max_ever=1)
    assert details(ANA.act("DAILY_BONUS"))["rule"] == "requires"
    for model in (UserScore, ScoreEvent, ScoreRequest, ActionTally):
        assert not model.objects.exists()


def test_an_inactive_type_is_an_unknown_type_whatever_its_rules() -> None:
    set_rules(max_ever=1, is_active=False)
    error = ANA.act("DAILY_BONUS").error
    assert error
    assert error.code == "INVALID_ACTION_TYPE"


def test_both_statements_are_one_text() -> None:
    assert "refuse_unjudged" in APPLY
    assert "refuse_unjudged" not in APPLY_JUDGED
    assert "clock_timestamp" not in APPLY_JUDGED
    assert APPLY.count("clock_timestamp()") == APPLY_JUDGED.count("%(moment)s::timestamptz")
    assert len(APPLY_JUDGED.encode()) <= 4096
