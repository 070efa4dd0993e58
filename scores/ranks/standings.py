"""Reads standings from PostgreSQL in batches, so that memory use does not grow with the number of users.

Hidden users have no standing.
"""

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from itertools import islice, starmap

from django.db import connection, models, transaction

from leaderboard.types import Standing
from scores.models import BOARD_ORDER, ModeratedUser, ScoreEvent, UserScore

BATCH = 2000
SORTED_BATCH = 5000
# All rows are read, so the planner must not optimise for the first ones. A full scan and a sort are fastest.
READ_ALL_SORTED = """
SET LOCAL statement_timeout = 0; SET LOCAL cursor_tuple_fraction = 1; SET LOCAL enable_indexscan = off;
SET LOCAL work_mem = '64MB'
"""


class Microseconds(models.Func):
    """A time as whole microseconds since 1970. Exact, because `extract` returns a numeric."""

    template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"
    output_field = models.BigIntegerField()


STANDING = ("user_id", "current_score", Microseconds("last_updated"), "version")


def iterate_standings(batch: int = BATCH) -> Iterator[list[Standing]]:
    """Every user once, in keyset pages, which need no long transaction."""
    after = ""
    while standings := list_standings_after(after, batch):
        yield standings
        after = standings[-1].user_id


def list_standings_after(user_id: str, count: int) -> list[Standing]:
    """The next users by id."""
    rows = UserScore.on_the_board.filter(user_id__gt=user_id).order_by("user_id").values_list(*STANDING)[:count]
    return [Standing(*row) for row in rows]


def iterate_sorted_standings(batch: int = SORTED_BATCH) -> Generator[list[Standing]]:
    """Every user once, from one snapshot, in the board's order, in which a rank index loads fastest.

    Holds one transaction with a cursor, for minutes with ten million users. Scans the whole table and sorts it: an
    index scan would read one page per row. Close the iterator if you stop early.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(READ_ALL_SORTED)
        rows = UserScore.on_the_board.order_by(*BOARD_ORDER).values_list(*STANDING).iterator(chunk_size=batch)
        standings = starmap(Standing, rows)
        while found := list(islice(standings, batch)):
            yield found


def list_standings(user_ids: Iterable[str]) -> list[Standing]:
    """The standings of the users, without those that do not exist or are hidden."""
    return [Standing(*row) for row in UserScore.on_the_board.filter(user_id__in=list(user_ids)).values_list(*STANDING)]


def list_changed_users(since: datetime, limit: int) -> list[str]:
    """Ids of users with a score event at or after `since`, or hidden or shown since; `limit` of them at most."""
    changed = ScoreEvent.objects.filter(created_at__gte=since).order_by().values_list("user_id", flat=True)
    moderated = ModeratedUser.objects.filter(changed_at__gte=since).order_by().values_list("user_id", flat=True)
    return list(changed.union(moderated)[:limit])


def list_hidden(user_ids: Iterable[str]) -> list[str]:
    """Those of the users who are hidden."""
    found = UserScore.objects.filter(user_id__in=list(user_ids), is_hidden=True)
    return list(found.values_list("user_id", flat=True))


def count_users_estimated() -> int:
    """PostgreSQL's estimate, for progress bars: an exact count takes seconds with ten million users."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'users_scores'::regclass")
        return int(cursor.fetchone()[0])


def database_now() -> datetime:
    """The time by PostgreSQL's clock, which also gives score events their time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment
