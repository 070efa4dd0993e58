"""Whether a statement that failed may have been committed all the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class OutcomeUnknown(psycopg.OperationalError):
    """The connection was lost, or PostgreSQL did not answer, after the statement had been sent."""


@contextmanager
def telling_unknown_outcome() -> Iterator[None]:
    """For the sending of a statement. An error of PostgreSQL has an SQLSTATE, and then the statement did nothing."""
    try:
        yield
    except psycopg.OperationalError as error:
        if error.sqlstate is None:
            raise OutcomeUnknown(str(error)) from error
        raise
