"""Writes `users_scores.rank`, a snapshot for SQL reports. No request reads it."""

from django.db import connection

from scores.progress import Advance, unwatched
from scores.sql.statements import read_sql

BATCH = 5000


def write_rank_snapshot(advance: Advance = unwatched) -> int:
    """Write the ranks in batches, each in its own transaction. Returns the number of rows changed."""
    changed = 0
    rank, after = 0, (2**62, None, "")
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                read_sql("rank_snapshot"),
                {"score": after[0], "moment": after[1], "user_id": after[2], "rank": rank, "batch": BATCH},
            )
            seen, batch_changed, *after_row = cursor.fetchone()
            if not seen:
                return changed
            rank, changed, after = rank + seen, changed + batch_changed, tuple(after_row)
            advance(seen)
