"""Ranks by counting rows in PostgreSQL: exact without Redis, in time that grows with the rank."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from leaderboard.types import RankChange
from scores.models import ScoreEvent, UserScore

# What a write may wait for its ranks while Redis is away. At ten million users counting may take seconds.
LONGEST_COUNT_MS = 250


@contextmanager
def short_statements() -> Iterator[None]:
    """Statements in this block that take longer than LONGEST_COUNT_MS raise OperationalError."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(LONGEST_COUNT_MS)])
        yield


def users_ahead_of(*, user_id: str, score: int, last_updated: datetime) -> QuerySet[UserScore]:
    """Everyone else whom BOARD_ORDER puts before that place; the form that idx_score_rank answers."""
    earlier = Q(last_updated__lt=last_updated) | Q(last_updated=last_updated, user_id__lt=user_id)
    return UserScore.objects.filter(
        Q(current_score__gt=score) | (Q(current_score=score) & earlier), current_score__gte=score
    ).exclude(user_id=user_id)


def users_behind(*, user_id: str, score: int, last_updated: datetime) -> QuerySet[UserScore]:
    """Everyone else whom BOARD_ORDER puts after that place."""
    later = Q(last_updated__gt=last_updated) | Q(last_updated=last_updated, user_id__gt=user_id)
    return UserScore.objects.filter(
        Q(current_score__lt=score) | (Q(current_score=score) & later), current_score__lte=score
    ).exclude(user_id=user_id)


def rank_by_sql(user_id: str) -> int | None:
    """The user's rank from 1, None for an unknown user."""
    kept = UserScore.objects.filter(user_id=user_id).values("user_id", "current_score", "last_updated").first()
    if kept is None:
        return None
    return 1 + users_ahead_of(user_id=user_id, score=kept["current_score"], last_updated=kept["last_updated"]).count()


def rank_change_by_sql(row: Mapping[str, Any]) -> RankChange:
    """The ranks before and after one action, given the row that `apply_score_actions.sql` returned for it."""
    user_id = row["user_id"]
    new = 1 + users_ahead_of(user_id=user_id, score=row["current_score"], last_updated=row["last_updated"]).count()
    if row["total_actions"] == 1:
        return RankChange(None, new)
    previous = users_ahead_of(
        user_id=user_id,
        score=row["score_after"] - row["score_increment"],
        last_updated=_moved_before(row),
    )
    return RankChange(1 + previous.count(), new)


def _moved_before(row: Mapping[str, Any]) -> datetime:
    """When the user's score last moved before that action; when the user came, if it never did."""
    # Not «before its time»: with a clock that stepped back, the event before may have the very same time.
    moved = (
        ScoreEvent.objects.filter(user_id=row["user_id"], created_at__lte=row["created_at"])
        .exclude(score_increment=0)
        .exclude(action_id=row["action_id"])
        .order_by("-created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    return moved or UserScore.objects.values_list("created_at", flat=True).get(user_id=row["user_id"])
