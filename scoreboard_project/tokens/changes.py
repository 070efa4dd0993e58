"""Changes of what each process keeps in memory (token_state.py) commit one after another, each with a later time."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection
from psycopg import sql

IN_TURN = "SELECT pg_advisory_xact_lock(hashtext(%s))"
TIMES = """
SELECT clock_timestamp(),
    greatest(clock_timestamp(), (SELECT max(changed_at) FROM {table}) + interval '1 microsecond')
"""


class Change(NamedTuple):
    """`now` by PostgreSQL's clock, and the time to store with the change."""

    now: datetime
    changed_at: datetime


def begin_change(table: str) -> Change:
    """Wait for other changes of the table. Call it in the transaction of the change."""
    with connection.cursor() as cursor:
        cursor.execute(IN_TURN, [table])
        cursor.execute(sql.SQL(TIMES).format(table=sql.Identifier(table)))
        return Change(*cursor.fetchone())
