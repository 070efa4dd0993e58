"""Asks PostgreSQL for /readyz and /metrics, over a new connection: those of the pool may be in use or outdated."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, LiteralString, TypeVar

import psycopg
from django.db import connection as django_connection
from psycopg.rows import TupleRow

from scoreboard_project.runtime.postgres.states import NOT_NOW, SET_UP_WRONGLY, Refusal, refusal_of

CONNECT_SECONDS = 2
# For one transaction, so that it works behind any pooler.
LIMITS = "SET LOCAL statement_timeout = 1500; SET LOCAL lock_timeout = 1000"
ANSWER_SECONDS = 2.0
SCRAPE_SECONDS = 0.3
STATE = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only'), current_setting('server_encoding')"
MISSING_TABLES = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL ORDER BY name"
UNREADABLE_TABLES = """
SELECT name FROM unnest(%s::text[]) AS name WHERE NOT has_table_privilege(to_regclass(name), 'SELECT') ORDER BY name
"""

Found = TypeVar("Found")


class ProbeConnection(psycopg.Connection[TupleRow]):
    """A connection that waits two seconds for an answer."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401 - psycopg's own
        """Raises OperationalError if the answer does not come in time."""
        return super().wait(gen, interval, ANSWER_SECONDS if timeout is None else timeout)


def why_not_recording(tables: Iterable[str], statements: Sequence[tuple[str, dict[str, Any]]]) -> Refusal | None:
    """Why actions cannot be recorded, or None if they can. Takes a few seconds at most.

    `tables` must exist and be readable. `statements`, each with its parameters, are planned but not run: planning
    checks their tables, columns and permissions.
    """
    try:
        probe = _connect()
    except psycopg.Error as error:
        return refusal_of(error)
    try:
        with probe.transaction():
            return _why_not(probe, list(tables), statements)
    except psycopg.Error as error:
        return refusal_of(error) or Refusal(SET_UP_WRONGLY, "a statement cannot be planned", error.sqlstate or "")
    finally:
        probe.close()


def read_once(query: LiteralString, **parameters: object) -> list[TupleRow]:
    """The rows of a quick query, with `own_pid` among its parameters if it has any. Raises psycopg's errors.

    Takes a few seconds at most.
    """
    probe = _connect()
    try:
        with probe.transaction():
            probe.execute(LIMITS)
            values = {**parameters, "own_pid": probe.info.backend_pid} if parameters else None
            return probe.execute(query, values).fetchall()
    finally:
        probe.close()


class ForScrape(Generic[Found]):
    """What a function reads from PostgreSQL for /metrics, which must not wait for a PostgreSQL that hangs."""

    def __init__(self, read: Callable[[], Found]) -> None:
        self._read = read
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scrape")
        self._under_way: Future[Found] | None = None

    def __call__(self) -> Found | None:
        """None if it fails or takes longer than SCRAPE_SECONDS. The next call then waits for the same reading."""
        if self._under_way is None or self._under_way.done():
            self._under_way = self._thread.submit(self._read)
        try:
            return self._under_way.result(SCRAPE_SECONDS)
        except (psycopg.Error, TimeoutError):
            return None


def _connect() -> ProbeConnection:
    parameters = {**django_connection.get_connection_params(), "connect_timeout": CONNECT_SECONDS}
    return ProbeConnection.connect(**parameters, autocommit=True)


def _why_not(
    probe: ProbeConnection, tables: Sequence[str], statements: Sequence[tuple[str, dict[str, Any]]]
) -> Refusal | None:
    probe.execute(LIMITS)
    in_recovery, read_only, encoding = probe.execute(STATE).fetchone() or ()
    if encoding != "UTF8":
        return Refusal(SET_UP_WRONGLY, f"the encoding of the database is {encoding}: it must be UTF8")
    for words, query in (("tables are missing", MISSING_TABLES), ("tables may not be read", UNREADABLE_TABLES)):
        names = [name for (name,) in probe.execute(query, [list(tables)])]
        if names:
            hint = ": run manage.py migrate" if query is MISSING_TABLES else ""
            return Refusal(SET_UP_WRONGLY, f"{words} ({', '.join(names)}){hint}")
    for statement, values in statements:
        probe.execute(f"EXPLAIN {statement}", values)
    if in_recovery:
        return Refusal(NOT_NOW, "it is read-only: a standby")
    if read_only == "on":
        return Refusal(NOT_NOW, "it is read-only: default_transaction_read_only is on")
    return None
