"""The contract's camelCase for what anyone may know about a player."""

from collections.abc import Sequence
from typing import Any

from scores.api.serializers import iso, leaderboard_entry
from scores.selectors.users import Around, DaySum, PlayerStanding


def player_body(player: PlayerStanding) -> dict[str, Any]:
    """`UserScore` of the specification, with `percentile`."""
    return {
        "userId": player.user_id,
        "username": player.username,
        "score": player.score,
        "rank": player.rank,
        "lastUpdated": iso(player.last_updated),
        "totalActions": player.total_actions,
        "averageScorePerAction": player.average_score_per_action,
        "percentile": player.percentile,
        "totalPlayers": player.total,
    }


def around_body(around: Around) -> dict[str, Any]:
    """A player and the neighbours, with true ranks."""
    return {
        "userId": around.user_id,
        "rank": around.rank,
        "total": around.total,
        "radius": around.radius,
        "leaderboard": [leaderboard_entry(rank, row) for rank, row in enumerate(around.rows, around.first_rank)],
    }


def daily_body(user_id: str, sums: Sequence[DaySum]) -> dict[str, Any]:
    """Sums per UTC day."""
    return {
        "userId": user_id,
        "days": [{"date": each.day.isoformat(), "score": each.score, "actions": each.actions} for each in sums],
    }
