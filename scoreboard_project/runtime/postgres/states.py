"""What a refusal of PostgreSQL means: one table of SQLSTATEs for requests, probes, commands and the pool."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import psycopg
from django.db import DataError, Error, InterfaceError, OperationalError


class Meaning(Enum):
    """What would help."""

    NOT_NOW = "trying again later"
    SET_UP_WRONGLY = "an operator"
    BAD_VALUE = "another value in the request"


NOT_NOW, SET_UP_WRONGLY, BAD_VALUE = Meaning.NOT_NOW, Meaning.SET_UP_WRONGLY, Meaning.BAD_VALUE
POOLING_HINT = "behind PgBouncer in transaction mode set DATABASE_TRANSACTION_POOLING=true"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`words` contain no host, user or value. `said` is the first line of PostgreSQL's message, which may.

    `sqlstate` is empty if PostgreSQL sent none.
    """

    meaning: Meaning
    words: str
    sqlstate: str = ""
    said: str = ""

    @property
    def is_silence(self) -> bool:
        """Whether PostgreSQL said nothing at all."""
        return self.meaning is NOT_NOW and not self.sqlstate

    @property
    def spoils_session(self) -> bool:
        """Whether a new session may succeed where this one, which keeps the settings it started with, cannot."""
        return self.meaning is SET_UP_WRONGLY or self.sqlstate in STALE_SESSION

    def __str__(self) -> str:
        return f"{self.words} (SQLSTATE {self.sqlstate})" if self.sqlstate else self.words


# By SQLSTATE, or by its class, which is its first two characters. An SQLSTATE that is not here is a defect of ours.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
STATES: dict[str, tuple[Meaning, str]] = {
    "08": (NOT_NOW, "the connection was lost"),
    # "cached plan must not change result type": a migration ran since the statement was prepared.
    "0A000": (NOT_NOW, "a prepared statement is out of date"),
    "22001": (BAD_VALUE, "a text is too long"),
    "22003": (BAD_VALUE, "a number is out of range"),
    "22007": (BAD_VALUE, "a time is malformed"),
    "22008": (BAD_VALUE, "a time is out of range"),
    "22021": (SET_UP_WRONGLY, "the encoding of the database cannot hold a text: it must be UTF8"),
    "22P02": (BAD_VALUE, "a value is malformed"),
    "22P03": (BAD_VALUE, "a value is malformed"),
    "22P05": (SET_UP_WRONGLY, "the encoding of the database cannot hold a text: it must be UTF8"),
    "25006": (NOT_NOW, "it is read-only"),
    "25P03": (NOT_NOW, "it ended an idle transaction"),
    "25P04": (NOT_NOW, "it ended a long transaction"),
    "26000": (SET_UP_WRONGLY, f"a prepared statement is gone: {POOLING_HINT}"),
    "28": (SET_UP_WRONGLY, "it does not let the user in: see the user, the password and pg_hba.conf"),
    "34000": (SET_UP_WRONGLY, f"a cursor is gone: {POOLING_HINT}"),
    "3D000": (SET_UP_WRONGLY, "there is no such database"),
    "3F000": (SET_UP_WRONGLY, "there is no such schema"),
    "40": (NOT_NOW, "concurrent transactions conflicted"),
    "42501": (SET_UP_WRONGLY, "a permission is missing"),
    "42703": (SET_UP_WRONGLY, "a column is missing: run manage.py migrate"),
    "42704": (SET_UP_WRONGLY, "an object is missing: run manage.py migrate"),
    "42883": (SET_UP_WRONGLY, "a function is missing: run manage.py migrate"),
    "42P01": (SET_UP_WRONGLY, "a table is missing: run manage.py migrate"),
    "42P05": (SET_UP_WRONGLY, f"a prepared statement belongs to someone else: {POOLING_HINT}"),
    "42P10": (SET_UP_WRONGLY, "a unique index is missing: run manage.py migrate"),
    "53": (NOT_NOW, "it is out of disk space, memory or connections"),
    "53300": (NOT_NOW, "it has too many connections"),
    # "not accepting commands … to avoid wraparound" among others.
    "54000": (NOT_NOW, "it has reached a limit of its own"),
    "55000": (NOT_NOW, "an object is not in the state that the statement needs"),
    "55006": (NOT_NOW, "an object is in use"),
    "55P03": (NOT_NOW, "a lock was not free in time"),
    "57": (NOT_NOW, "it was told to stop"),
    "57014": (NOT_NOW, "a statement took too long"),
    "57P03": (NOT_NOW, "it is starting or stopping"),
    "58": (NOT_NOW, "it has trouble with its files"),
    "72": (NOT_NOW, "a snapshot is too old"),
    "F0": (SET_UP_WRONGLY, "its configuration file has an error"),
    "XX": (NOT_NOW, "it has an internal error, or damaged data"),
}
STALE_SESSION = frozenset({"0A000", "25006"})
# For a refused connection libpq returns no SQLSTATE, only a message, which is English unless lc_messages differs.
REFUSED_CONNECTIONS = tuple(
    (re.compile(text), sqlstate)
    for text, sqlstate in (
        ("password authentication failed|no password supplied|pg_hba.conf|no such user", "28000"),
        (r'role "[^"]*" (does not exist|is not permitted to log in)', "28000"),
        (r'database "[^"]*" does not exist|no such database', "3D000"),
        ("permission denied", "42501"),
        ("is not currently accepting connections", "55000"),
        ("too many (clients|connections)|remaining connection slots|no more connections allowed", "53300"),
        ("the database system is", "57P03"),
    )
)
REFUSED_STARTUP = Refusal(SET_UP_WRONGLY, f"it refuses a parameter of the connection: {POOLING_HINT}")
NO_TLS = Refusal(SET_UP_WRONGLY, "TLS failed: see sslmode and the certificates")
TLS_TROUBLE = re.compile("server does not support SSL|certificate verify failed|certificate file|sslmode")
NO_ANSWER = Refusal(NOT_NOW, "no answer")
NOBODY_LISTENS = Refusal(NOT_NOW, "it refuses connections: nobody listens at its address")
NOT_LISTENING = re.compile("Connection refused|No such file or directory")
NO_SUCH_VALUE = Refusal(BAD_VALUE, "PostgreSQL has no such value")
NO_PARTITION = Refusal(SET_UP_WRONGLY, "no partition takes the row: run manage.py maintain_partitions", "23514")


def refusal_of(error: BaseException) -> Refusal | None:
    """What a database error of Django or psycopg means. None for any other error and for defects."""
    found = next((each for each in _chain(error) if isinstance(each, psycopg.Error)), error)
    known = _by_sqlstate(found) if isinstance(found, psycopg.Error) and found.sqlstate else _without_sqlstate(found)
    return replace(known, said=str(found).partition("\n")[0]) if known else None


def explain(error: BaseException) -> str:
    """For operators: the first line of PostgreSQL's message, and what it means."""
    refusal = refusal_of(error)
    if refusal is None or refusal.is_silence:
        return str(error).partition("\n")[0]
    return f"{refusal.said} ({refusal.words})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Django wraps psycopg's errors, and in places wraps its own errors again."""
    found: BaseException | None = error
    while isinstance(found, Error | psycopg.Error):
        yield found
        found = found.__cause__ or found.__context__


def _by_sqlstate(error: psycopg.Error) -> Refusal | None:
    sqlstate = error.sqlstate or ""
    if sqlstate == "23514":
        # A broken check constraint has a name. Without one, the error is a row that has no partition.
        return None if error.diag.constraint_name else NO_PARTITION
    known = STATES.get(sqlstate) or STATES.get(sqlstate[:2])
    if known:
        return Refusal(*known, sqlstate)
    return Refusal(NOT_NOW, NO_ANSWER.words, sqlstate) if isinstance(error, psycopg.OperationalError) else None


def _without_sqlstate(error: BaseException) -> Refusal | None:
    if isinstance(error, psycopg.DataError | DataError):
        return NO_SUCH_VALUE
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | OperationalError | InterfaceError):
        return None
    text = str(error)
    if "unsupported startup parameter" in text:
        return REFUSED_STARTUP
    if TLS_TROUBLE.search(text):
        return NO_TLS
    for pattern, sqlstate in REFUSED_CONNECTIONS:
        if pattern.search(text):
            return Refusal(*(STATES.get(sqlstate) or STATES[sqlstate[:2]]), sqlstate)
    return NOBODY_LISTENS if NOT_LISTENING.search(text) else NO_ANSWER
