"""Ranks by counting rows in PostgreSQL: exact without Redis, in time that grows with the rank."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from scores.models import UserScore

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
