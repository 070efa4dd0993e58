"""Rules for action types, and what refused actions say."""

from datetime import timedelta
from typing import Any

from django.db import connection

from action_types.models import ActionType
from scores.services.actions import ScoreActionResult


def set_rules(code: str = "DAILY_BONUS", **rules: Any) -> None:
    """Past the admin, so that no process can know of it."""
    ActionType.objects.filter(pk=code).update(**rules)


def details(result: ScoreActionResult) -> dict[str, Any]:
    assert result.error, result
    assert (result.error.status, result.error.code) == (422, "ACTION_NOT_ALLOWED")
    return result.error.details


def outcomes(results: list[ScoreActionResult]) -> list[str]:
    """`applied`, `replayed` or the name of the rule."""
    return [
        details(result)["rule"] if result.error else "replayed" if result.is_replay else "applied" for result in results
    ]


def age_everything(**ago: float) -> None:
    """Let all actions have happened earlier."""
    earlier = f"{timedelta(**ago).total_seconds()} seconds"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE score_events SET created_at = created_at - %s::interval", [earlier])
        cursor.execute("UPDATE users_scores SET last_updated = last_updated - %s::interval", [earlier])
        cursor.execute(
            "UPDATE action_tallies SET last_at = last_at - %(ago)s::interval,"
            " counted_to = counted_to - %(ago)s::interval,"
            " day = ((last_at - %(ago)s::interval) AT TIME ZONE 'UTC')::date",
            {"ago": earlier},
        )
