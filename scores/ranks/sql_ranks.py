"""Finds ranks by counting rows in PostgreSQL. Exact and independent of Redis, but the time grows with the rank."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from scores.models import UserScore

# How long a write waits for its ranks while Redis is down. With ten million users, counting can take seconds.
LONGEST_COUNT_MS = 250


@contextmanager
def short_statements() -> Iterator[None]:
    """Statements in this block that take longer than LONGEST_COUNT_MS raise OperationalError."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(LONGEST_COUNT_MS)])
        yield


def users_ahead_of(*, user_id: str, score: int, last_updated: datetime) -> QuerySet[UserScore]:
    """All other users that BOARD_ORDER puts before this position. Written so that PostgreSQL uses idx_score_rank."""
    earlier = Q(last_updated__lt=last_updated) | Q(last_updated=last_updated, user_id__lt=user_id)
    return UserScore.objects.filter(
        Q(current_score__gt=score) | (Q(current_score=score) & earlier), current_score__gte=score
    ).exclude(user_id=user_id)


def users_behind(*, user_id: str, score: int, last_updated: datetime) -> QuerySet[UserScore]:
    """All other users that BOARD_ORDER puts after this position."""
    later = Q(last_updated__gt=last_updated) | Q(last_updated=last_updated, user_id__gt=user_id)
    return UserScore.objects.filter(
        Q(current_score__lt=score) | (Q(current_score=score) & later), current_score__lte=score
    ).exclude(user_id=user_id)


def rank_by_sql(user_id: str) -> int | None:
    """The user's rank, from 1; None for an unknown user."""
    kept = UserScore.objects.filter(user_id=user_id).values("user_id", "current_score", "last_updated").first()
    if kept is None:
        return None
    return 1 + users_ahead_of(user_id=user_id, score=kept["current_score"], last_updated=kept["last_updated"]).count()
