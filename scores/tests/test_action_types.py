"""`GET /api/v1/action-types`: what games may report, and what each action is worth now."""

from datetime import UTC, datetime, timedelta

from action_types.models import ActionType
from scoreboard_project.testing.game import Game


def test_it_lists_the_eight_of_the_specification_by_code(game: Game) -> None:
    found = game.get("action-types").data["actionTypes"]
    assert {row["actionType"]: row["scoreValue"] for row in found} == {
        "ACHIEVEMENT_UNLOCK": 300,
        "BOSS_DEFEAT": 1000,
        "CHALLENGE_WIN": 500,
        "DAILY_BONUS": 50,
        "FIRST_TIME_BONUS": 250,
        "LEVEL_COMPLETE": 150,
        "PERFECT_SCORE": 200,
        "STREAK_BONUS": 100,
    }
    codes = [row["actionType"] for row in found]
    assert codes == sorted(codes)


def test_a_row_has_the_fields_of_the_specification(game: Game) -> None:
    assert game.get("action-types").data["actionTypes"][-2] == {
        "actionType": "PERFECT_SCORE",
        "scoreValue": 200,
        "description": "Achieve perfect score",
        "category": "performance",
        "isActive": True,
    }


def test_a_changed_value_is_seen_at_once(game: Game) -> None:
    ActionType.objects.filter(action_type="ACHIEVEMENT_UNLOCK").update(score_value=-5)
    assert game.get("action-types").data["actionTypes"][0]["scoreValue"] == -5


def test_an_inactive_type_is_left_out(game: Game) -> None:
    ActionType.objects.filter(action_type="ACHIEVEMENT_UNLOCK").update(is_active=False)
    found = [row["actionType"] for row in game.get("action-types").data["actionTypes"]]
    assert len(found) == 7
    assert "ACHIEVEMENT_UNLOCK" not in found


def test_no_action_type_at_all_is_an_empty_list(game: Game) -> None:
    ActionType.objects.all().delete()
    assert game.get("action-types").data == {"actionTypes": []}


def test_rules_are_shown_where_there_are_any(game: Game) -> None:
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    ActionType.objects.filter(pk="ACHIEVEMENT_UNLOCK").update(
        max_per_minute=1,
        max_per_hour=2,
        max_per_day=3,
        max_ever=4,
        cooldown_seconds=5,
        metadata_schema={"required": ["level"]},
        server_only=True,
        valid_from=moment,
        valid_until=moment + timedelta(days=1),
        requires_action_type="LEVEL_COMPLETE",
        requires_count=6,
    )
    ActionType.objects.filter(pk="BOSS_DEFEAT").update(max_per_day=3)
    first, second, third = game.get("action-types").data["actionTypes"][:3]
    assert first["rules"] == {
        "maxPerMinute": 1,
        "maxPerHour": 2,
        "maxPerDay": 3,
        "maxEver": 4,
        "cooldownSeconds": 5,
        "metadataSchema": {"required": ["level"]},
        "serverOnly": True,
        "validFrom": "2026-12-01T00:00:00Z",
        "validUntil": "2026-12-02T00:00:00Z",
        "requires": {"actionType": "LEVEL_COMPLETE", "count": 6},
    }
    assert second["rules"] == {"maxPerDay": 3}
    assert "rules" not in third
