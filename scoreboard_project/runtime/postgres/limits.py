"""Limits of a statement's time where no session can carry them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

SET_LIMITS = "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"


@contextmanager
def limited_statements() -> Iterator[None]:
    """The block's statements have the limits of settings.py. Behind a transaction pooler it is one transaction.

    Elsewhere the session has the limits from its start, and this costs nothing.
    """
    if not settings.DATABASE_TRANSACTION_POOLING:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        limits = (settings.DATABASE_STATEMENT_TIMEOUT_MS, settings.DATABASE_LOCK_TIMEOUT_MS)
        cursor.execute(SET_LIMITS, [str(limit) for limit in limits])
        yield
