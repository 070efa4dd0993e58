"""Time limits of single statements, and of all of them behind a transaction pooler."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

SET_LIMITS = "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"


def limits_to_set(longest_ms: int | None, lock_timeout_ms: int | None = None) -> list[str] | None:
    """The parameters of SET_LIMITS for a transaction; None if the session's own limits apply.

    Behind a transaction pooler a session cannot have limits, so each transaction sets them.
    """
    if longest_ms is None and not settings.DATABASE_TRANSACTION_POOLING:
        return None
    statement_ms = settings.DATABASE_STATEMENT_TIMEOUT_MS if longest_ms is None else longest_ms
    lock_ms = settings.DATABASE_LOCK_TIMEOUT_MS if lock_timeout_ms is None else lock_timeout_ms
    return [str(statement_ms), str(lock_ms)]


@contextmanager
def limited_statements(longest_ms: int | None = None) -> Iterator[None]:
    """Give the statements of the block their time limits, in one transaction if they must be set."""
    limits = limits_to_set(longest_ms)
    if limits is None:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SET_LIMITS, limits)
        yield
