"""Creates the monthly partitions of `score_events` in advance, drops old ones, and purges what is past retention.

Each step has its own transaction and can be repeated: after an interruption, the next run continues.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from scoreboard_project.audit.entries import count_entries, purge_entries, record_change
from scoreboard_project.tokens.models import TokenRevocation
from scoreboard_project.tokens.revocations import purge_revocations
from scoreboard_project.tokens.rotation import forget_private_keys
from scores.models import ScoreRequest
from scores.progress import Advance, unwatched

MONTHS_AHEAD = 3
PURGE_BATCH = 10_000
# Writers wait for the lock under which a partition is attached. Give up rather than make them wait long.
LOCK_TIMEOUT = "5s"
NAME_PATTERN = re.compile(r"score_events_(\d{4})_(\d{2})")
DEFAULT_PARTITION = "score_events_default"


@dataclass
class Maintenance:
    """What was done, or what a dry run would have done."""

    created: list[str] = field(default_factory=list)
    moved_events: int = 0
    dropped: list[str] = field(default_factory=list)
    purged_requests: int = 0
    purged_entries: int = 0
    purged_revocations: int = 0

    @property
    def purged(self) -> dict[str, int]:
        return {name: count for name, count in asdict(self).items() if name.startswith("purged_")}


def maintain_partitions(*, now: datetime, dry_run: bool = False, advance: Advance = unwatched) -> Maintenance:
    """Bring the partitions up to date. `now` decides the months; `advance` counts purged rows."""
    done = Maintenance()
    existing = list_partitions()
    for month in _months_ahead(now):
        if partition_name(month) not in existing:
            done.created.append(partition_name(month))
            done.moved_events += _count_in_default(month) if dry_run else _create(month)
    for name in _expired(existing, now):
        done.dropped.append(name)
        if not dry_run:
            _drop(name)
    done.purged_requests = _purge_requests(now, dry_run=dry_run, advance=advance)
    done.purged_entries = _purge_entries(now, dry_run=dry_run, advance=advance)
    done.purged_revocations = _purge_revocations(now, dry_run=dry_run, advance=advance)
    if not dry_run:
        forget_private_keys(now)
        if done.dropped or any(done.purged.values()):
            record_change("retention.applied", new=done.purged)
    return done


def list_partitions() -> set[str]:
    """The names of the existing monthly partitions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'score_events'::regclass ORDER BY 1"
        )
        return {name for (name,) in cursor.fetchall() if NAME_PATTERN.fullmatch(name)}


def partition_name(month: datetime) -> str:
    """`score_events_2026_11`."""
    return f"score_events_{month:%Y_%m}"


def first_of_month(moment: datetime, *, months: int = 0) -> datetime:
    """The start in UTC of the month that is `months` after the month of `moment`."""
    count = moment.astimezone(UTC).year * 12 + moment.astimezone(UTC).month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)


def _months_ahead(now: datetime) -> list[datetime]:
    return [first_of_month(now, months=ahead) for ahead in range(MONTHS_AHEAD + 1)]


def _count_in_default(month: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM score_events_default WHERE created_at >= %s AND created_at < %s",
            [month, first_of_month(month, months=1)],
        )
        return int(cursor.fetchone()[0])


def _create(month: datetime) -> int:
    """Create the month's partition and move its events there from the default partition. Returns how many moved."""
    name, end = sql.Identifier(partition_name(month)), first_of_month(month, months=1)
    bounds = (sql.Literal(month.isoformat()), sql.Literal(end.isoformat()))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        cursor.execute("LOCK TABLE score_events_default IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            sql.SQL("CREATE TABLE {} (LIKE score_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(name)
        )
        cursor.execute(
            sql.SQL(
                "WITH moved AS (DELETE FROM score_events_default"
                " WHERE created_at >= {} AND created_at < {} RETURNING *)"
                " INSERT INTO {} SELECT * FROM moved"
            ).format(*bounds, name)
        )
        moved = int(cursor.rowcount)
        cursor.execute(
            sql.SQL("ALTER TABLE score_events ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(name, *bounds)
        )
    return moved


def _expired(existing: set[str], now: datetime) -> list[str]:
    if not settings.SCORE_EVENTS_RETENTION_MONTHS:
        return []
    oldest_kept = partition_name(first_of_month(now, months=-settings.SCORE_EVENTS_RETENTION_MONTHS))
    return sorted(name for name in existing if name < oldest_kept)


def _drop(name: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
        record_change("score_events.dropped", target=f"partition:{name}")


def _purge_requests(now: datetime, *, dry_run: bool, advance: Advance) -> int:
    before = now - timedelta(days=settings.SCORE_REQUESTS_RETENTION_DAYS)
    if dry_run:
        return ScoreRequest.objects.filter(created_at__lt=before).count()
    return _in_batches(lambda: _delete_batch(before), advance)


def _in_batches(purge: Callable[[], int], advance: Advance) -> int:
    """Purge until nothing is left. Returns how many rows that were."""
    purged = 0
    while count := purge():
        purged += count
        advance(count)
    return purged


def _delete_batch(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM score_requests WHERE (user_id, request_id) IN"
            " (SELECT user_id, request_id FROM score_requests WHERE created_at < %s LIMIT %s)",
            [before, PURGE_BATCH],
        )
        return int(cursor.rowcount)


def _purge_entries(now: datetime, *, dry_run: bool, advance: Advance) -> int:
    if not settings.AUDIT_RETENTION_DAYS:
        return 0
    before = now - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    if dry_run:
        return count_entries(before)
    return _in_batches(lambda: purge_entries(before), advance)


def _purge_revocations(now: datetime, *, dry_run: bool, advance: Advance) -> int:
    if dry_run:
        return TokenRevocation.objects.filter(expires_at__lt=now).count()
    return _in_batches(lambda: purge_revocations(now), advance)
