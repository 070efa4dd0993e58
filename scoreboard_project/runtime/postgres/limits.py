"""Time limits of statements, behind a transaction pooler too."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

SET_LIMITS = "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"


@contextmanager
def limited_statements() -> Iterator[None]:
    """Give the statements of the block the time limits of the settings.

    Behind a transaction pooler the block becomes one transaction, because a session cannot have limits there. Elsewhere
    the session has them already, and this does nothing.
    """
    if not settings.DATABASE_TRANSACTION_POOLING:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        limits = (settings.DATABASE_STATEMENT_TIMEOUT_MS, settings.DATABASE_LOCK_TIMEOUT_MS)
        cursor.execute(SET_LIMITS, [str(limit) for limit in limits])
        yield
