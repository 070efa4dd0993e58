"""Reads a user's score events."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoreboard_project.api.errors import UserNotFound
from scores.models import ScoreEvent, UserScore


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Score events of one user, newest first."""

    user_id: str
    events: Sequence[ScoreEvent]
    limit: int
    offset: int
    total: int


def list_history(*, user_id: str, limit: int, offset: int) -> HistoryPage:
    """Raises UserNotFound for a user who has never scored."""
    # PostgreSQL refuses U+0000, even in a parameter.
    if "\0" in user_id or not UserScore.objects.filter(user_id=user_id).exists():
        raise UserNotFound(details={"userId": user_id})
    events = ScoreEvent.objects.filter(user_id=user_id)
    total = events.count()
    page = list(events.order_by("-created_at", "-event_id")[offset : offset + limit]) if offset < total else []
    return HistoryPage(user_id, page, limit, offset, total)
