"""A statement as a question of a flow, run as a prepared statement: it is planned once per connection."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, LiteralString, TypeVar

import psycopg
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.rows import args_row

from scoreboard_project.runtime.flows.flow import Flow, Question, run
from scoreboard_project.runtime.flows.loops import PerLoop
from scoreboard_project.runtime.postgres.lanes import Lane, Lanes
from scoreboard_project.runtime.postgres.limits import limited_statements
from scoreboard_project.runtime.postgres.outcome import telling_unknown_outcome

Row = TypeVar("Row")
Answer = TypeVar("Answer")

lanes = PerLoop(Lanes)


@dataclass(frozen=True, slots=True)
class Statement(Question[list[Row]], Generic[Row]):
    """A statement with its parameters; it commits by itself. A row's columns are the arguments of `row`, in order.

    It takes `longest_ms` at most, if given. Raises Django's database errors.
    """

    sql: LiteralString
    row: Callable[..., Row]
    parameters: Mapping[str, Any]
    lane: Lane = Lane.READ
    longest_ms: int | None = None

    def ask(self) -> list[Row]:
        with _on_this_threads_connection(), limited_statements(self.longest_ms):
            return run_prepared(self)

    async def ask_in_loop(self) -> list[Row]:
        return await lanes.of_running_loop().run(self)


@dataclass(frozen=True, slots=True)
class EachAlone(Question[list[list[Row] | IntegrityError]], Generic[Row]):
    """Statements of one transaction. One that breaks a constraint undoes only itself: its answer is the error."""

    statements: list[Statement[Row]]

    def ask(self) -> list[list[Row] | IntegrityError]:
        with _on_this_threads_connection(), transaction.atomic():
            return [self._ask_one(statement) for statement in self.statements]

    def _ask_one(self, statement: Statement[Row]) -> list[Row] | IntegrityError:
        try:
            with transaction.atomic():
                return run_prepared(statement)
        except IntegrityError as error:
            return error

    async def ask_in_loop(self) -> list[list[Row] | IntegrityError]:
        return await lanes.of_running_loop().run_each_alone(self.statements)


@dataclass(frozen=True, slots=True)
class Transaction(Question[Answer], Generic[Answer]):
    """A flow whose statements run in one transaction. Each sees what was committed before that statement began.

    They ask for nothing but `Statement` and `EachAlone`; their lanes and time limits do not matter here.
    """

    steps: Callable[[], Flow[Answer]]
    lane: Lane

    def ask(self) -> Answer:
        with _on_this_threads_connection(), limited_statements(), transaction.atomic():
            return run(self.steps())

    async def ask_in_loop(self) -> Answer:
        return await lanes.of_running_loop().run_together(self.steps(), self.lane)


@contextmanager
def _on_this_threads_connection() -> Iterator[None]:
    """Open it if necessary. One that failed is replaced by the next statement, such as a second try of this one."""
    connection.ensure_connection()
    try:
        with telling_unknown_outcome():
            yield
    except OperationalError:
        connection.close_if_unusable_or_obsolete()
        raise


def run_prepared(statement: Statement[Row]) -> list[Row]:
    """Run the statement on this thread's open connection and return its rows. Raises Django's database errors.

    Uses a plain psycopg cursor: Django's binds parameters on the client, and such a statement cannot be prepared.
    """
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection, row_factory=args_row(statement.row)) as cursor,
    ):
        cursor.execute(statement.sql, statement.parameters, prepare=True)
        return cursor.fetchall()
