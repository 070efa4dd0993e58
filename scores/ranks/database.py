"""Which database this is, and what it remembers.

This is how the reconcile pass finds out that the rank index was built from another database, or from a later state of
this one.
"""

from datetime import datetime
from hashlib import blake2b

from django.db import ProgrammingError, connection
from django.db.models import QuerySet

from leaderboard.reconcile_mark import EventSeen
from leaderboard.types import Standing, from_microseconds, to_microseconds
from scores.models import ScoreEvent, UserScore
from scores.ranks.standings import STANDING

# The cluster, its timeline (point-in-time recovery and failover begin a new one), the database and the table (loading a
# dump makes new ones).
IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'users_scores'::regclass::oid
"""
# For roles that are not allowed to read the rest.
SHORT_IDENTITY = """
SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), 'users_scores'::regclass::oid
"""
ERASED_PREFIX = "erased:"
# Ids of erased users hold a UUID of version 7, which begins with the time: with 01 or 02 until the year 2108.
ERASED_FROM, ERASED_BEFORE = "erased:01", "erased:03"
ERASED_FORM = "^erased:.{14}7"
LATEST_ERASED = 100


def read_database_identity() -> str:
    """Sixteen characters. Another database, or this one after a restore, has others."""
    try:
        found = _row(IDENTITY)
    except ProgrammingError:
        found = _row(SHORT_IDENTITY)
    return blake2b(repr(found).encode(), digest_size=8).hexdigest()


def _row(statement: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: tuple[object, ...] = cursor.fetchone()
        return found


def find_newest_event(since: datetime, until: datetime) -> EventSeen | None:
    """The newest event of that time, None if there is none."""
    return _newest(ScoreEvent.objects.filter(created_at__gte=since, created_at__lte=until))


def find_newest_event_of(user_id: str) -> EventSeen | None:
    return _newest(ScoreEvent.objects.filter(user_id=user_id))


def _newest(events: QuerySet[ScoreEvent]) -> EventSeen | None:
    found = events.order_by("-created_at", "-event_id").values_list("event_id", "created_at").first()
    return EventSeen(found[0], to_microseconds(found[1])) if found else None


def knows_event(seen: EventSeen) -> bool:
    """Whether the event is still in the ledger."""
    return ScoreEvent.objects.filter(event_id=seen.event_id, created_at=from_microseconds(seen.at)).exists()


def list_latest_erased() -> list[Standing]:
    """The users erased last, under their new ids."""
    rows = UserScore.on_the_board.filter(
        user_id__gte=ERASED_FROM, user_id__lt=ERASED_BEFORE, user_id__regex=ERASED_FORM
    ).order_by("-user_id")
    return [Standing(*row) for row in rows.values_list(*STANDING)[:LATEST_ERASED]]
