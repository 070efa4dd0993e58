"""Whether a statement that failed may have been committed all the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import OperationalError


class OutcomeUnknown(psycopg.OperationalError):
    """The connection was lost, or PostgreSQL did not answer, after the statement had been sent."""


@contextmanager
def telling_unknown_outcome() -> Iterator[None]:
    """Around a statement and its commit, on an open connection.

    Raises OutcomeUnknown, or Django's OperationalError because of one, as the error of the block is. An error of
    PostgreSQL itself has an SQLSTATE, and then the statement did nothing.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        if error.sqlstate is None:
            raise OutcomeUnknown(str(error)) from error
        raise
    except OperationalError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None:
            raise OperationalError(str(error)) from OutcomeUnknown(str(error))
        raise
