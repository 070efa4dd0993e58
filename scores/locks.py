"""Locks for work that takes many transactions. PostgreSQL frees them when the work ends, or its process is killed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# A batch of events is read, and then written about: meanwhile no user may get another id.
ERASURE = "erasure"


@contextmanager
def no_erasure() -> Iterator[None]:
    """Erasures wait until the block ends. Do not nest it: an erasure that waits lets nobody else in."""
    with _holding("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", ERASURE):
        yield


def wait_to_erase() -> None:
    """Until the transaction ends, `no_erasure` waits."""
    assert transaction.get_connection().in_atomic_block  # noqa: S101 - the lock would be free again at once
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [ERASURE])


@contextmanager
def alone_with(moderation_id: str) -> Iterator[None]:
    """Wait until no other process runs or undoes this moderation.

    Raises Django's OperationalError if that takes longer than a statement may.
    """
    with _holding("SELECT pg_advisory_xact_lock(hashtext(%s))", f"moderation:{moderation_id}"):
        yield


@contextmanager
def _holding(statement: str, lock: str) -> Iterator[None]:
    """In a transaction on a connection of its own, so that the work can commit meanwhile, also behind a pooler."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("BEGIN")
            # A session that waits for its work is no mistake.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute(statement, [lock])
            yield
            cursor.execute("COMMIT")
    finally:
        own.close()
