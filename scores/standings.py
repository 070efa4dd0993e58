"""Where users stand, read out of PostgreSQL in batches, so that memory stays flat at any number of users."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import connection, models

from leaderboard.types import Standing
from scores.models import ScoreEvent, UserScore

BATCH = 2000


class Microseconds(models.Func):
    """A time as whole microseconds since 1970, exactly: `extract` gives a numeric."""

    template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"
    output_field = models.BigIntegerField()


STANDING = ("user_id", "current_score", Microseconds("last_updated"), "total_actions")


def iterate_standings(batch: int = BATCH) -> Iterator[list[Standing]]:
    """Every user once, in keyset pages: no long transaction while traffic runs."""
    after = ""
    while True:
        rows = UserScore.objects.filter(user_id__gt=after).order_by("user_id").values_list(*STANDING)[:batch]
        standings = [Standing(*row) for row in rows]
        if not standings:
            return
        yield standings
        after = standings[-1].user_id


def list_standings(user_ids: Iterable[str]) -> list[Standing]:
    """Those of the users that exist."""
    return [Standing(*row) for row in UserScore.objects.filter(user_id__in=list(user_ids)).values_list(*STANDING)]


def iterate_changed_standings(since: datetime, batch: int = BATCH) -> Iterator[list[Standing]]:
    """Users with a score event at or after `since`."""
    changed = ScoreEvent.objects.filter(created_at__gte=since).order_by().values("user_id").distinct()
    after = ""
    while True:
        rows = UserScore.objects.filter(user_id__in=changed, user_id__gt=after).order_by("user_id")
        standings = [Standing(*row) for row in rows.values_list(*STANDING)[:batch]]
        if not standings:
            return
        yield standings
        if len(standings) < batch:
            return
        after = standings[-1].user_id


def count_users_estimated() -> int:
    """PostgreSQL's own estimate, for a progress bar; exact counting takes seconds at ten million."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'users_scores'::regclass")
        return int(cursor.fetchone()[0])


def database_now() -> datetime:
    """PostgreSQL's clock: the one that score events are stamped with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment
