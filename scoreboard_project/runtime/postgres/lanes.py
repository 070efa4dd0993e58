"""An event loop's own connections to PostgreSQL, a few for each kind of statement, so that no kind delays another."""

import asyncio
import select
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any, LiteralString, Protocol, TypeVar, runtime_checkable

import psycopg
from django.conf import settings
from django.db import IntegrityError, connection
from psycopg.rows import TupleRow, args_row

from scoreboard_project.runtime.flows.flow import Flow, run_in_loop
from scoreboard_project.runtime.postgres.limits import SET_LIMITS, limits_to_set
from scoreboard_project.runtime.postgres.outcome import OutcomeUnknown, telling_unknown_outcome
from scoreboard_project.runtime.postgres.states import refusal_of
from scoreboard_project.runtime.postgres.watchdog import watchdog

Row_co = TypeVar("Row_co", covariant=True)
Row = TypeVar("Row")
Answer = TypeVar("Answer")
Session = psycopg.AsyncConnection[TupleRow]

CANCEL_SECONDS = 1.0
SET_UTC = "SELECT set_config('TimeZone', 'UTC', false)"


@dataclass(frozen=True, slots=True)
class LaneKind:
    """`longest_lock_ms`: how long a statement waits for a lock if the setting allows more."""

    connections: int
    longest_lock_ms: int | None = None


@unique
class Lane(Enum):
    """Which connections run a statement in an event loop. In a thread it makes no difference."""

    READ = LaneKind(3)
    # One writer. It must not wait long for a row that someone else has locked: everyone waits for it.
    WRITE = LaneKind(1, longest_lock_ms=250)
    # Large writes, and those of users whose row was locked.
    SLOW_WRITE = LaneKind(2)


@runtime_checkable
class Preparable(Protocol[Row_co]):
    """What is needed of a statement here."""

    @property
    def sql(self) -> LiteralString: ...
    @property
    def row(self) -> Any: ...  # noqa: ANN401 - makes Row_co from the columns
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def lane(self) -> Lane: ...
    @property
    def longest_ms(self) -> int | None: ...


class Lanes:
    """One per event loop. Connections open when they are needed. Raises Django's database errors."""

    def __init__(self) -> None:
        self._connections = {lane: _Connections(lane.value) for lane in Lane}
        # Kept: Django makes a connection object anew for each task that asks for its own.
        self._django_errors = connection.wrap_database_errors

    async def run(self, statement: Preparable[Row]) -> list[Row]:
        """The rows of one statement, which commits by itself."""
        with self._django_errors:
            async with self._connections[statement.lane].limited(statement.longest_ms) as session:
                return await _execute(session, statement)

    async def run_each_alone(self, statements: Sequence[Preparable[Row]]) -> list[list[Row] | IntegrityError]:
        """One transaction. A statement that breaks a constraint undoes only itself."""
        with self._django_errors:
            async with self._connections[statements[0].lane].limited(None) as session, session.transaction():
                return await self._execute_each_alone(session, statements)

    async def run_together(self, steps: Flow[Answer], lane: Lane) -> Answer:
        """One transaction for the statements of a flow."""

        async def ask(question: Any) -> Any:  # noqa: ANN401 - a statement, or several of which each is alone
            with self._django_errors:
                if isinstance(question, Preparable):
                    return await _execute(session, question)
                return await self._execute_each_alone(session, question.statements)

        with self._django_errors:
            async with self._connections[lane].limited(None) as session, session.transaction():
                return await run_in_loop(steps, ask)

    async def _execute_each_alone(
        self, session: Session, statements: Sequence[Preparable[Row]]
    ) -> list[list[Row] | IntegrityError]:
        return [await self._execute_alone(session, statement) for statement in statements]

    async def _execute_alone(self, session: Session, statement: Preparable[Row]) -> list[Row] | IntegrityError:
        try:
            with self._django_errors:
                async with session.transaction():
                    return await _execute(session, statement)
        except IntegrityError as error:
            return error

    async def close(self) -> None:
        for connections in self._connections.values():
            await connections.close()


class _Connections:
    """The connections of a lane."""

    def __init__(self, kind: LaneKind) -> None:
        self._kind = kind
        self._free = asyncio.Semaphore(kind.connections)
        self._idle: list[Session] = []

    @asynccontextmanager
    async def limited(self, longest_ms: int | None) -> AsyncIterator[Session]:
        """A connection for statements with these time limits, which must end with their transaction."""
        async with self._borrowed() as session:
            with telling_unknown_outcome():
                limits = limits_to_set(longest_ms, self._lock_timeout_ms)
                if limits is None:
                    yield session
                else:
                    async with session.transaction():
                        await session.execute(SET_LIMITS, limits)
                        yield session
                if session.closed:
                    # psycopg then leaves a transaction without a commit and without an error.
                    raise psycopg.OperationalError("the connection was lost")

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Session]:
        """A connection. One that failed is not used again. Raises OperationalError if none gets free in time."""
        await self._wait_until_free()
        session: Session | None = None
        try:
            session = self._take_idle() or await self._connect()
            async with _deadline(session):
                yield session
        except psycopg.Error as error:
            refusal = refusal_of(error)
            if session and refusal and refusal.spoils_session:
                await session.close()
            raise
        finally:
            if session and not session.closed:
                self._idle.append(session)
            self._free.release()

    async def _wait_until_free(self) -> None:
        if not self._free.locked():
            # This does not wait, so it needs no timer.
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(settings.DATABASE_POOL_TIMEOUT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise psycopg.OperationalError("no connection was free in time") from None

    def _take_idle(self) -> Session | None:
        """An open connection. A dead one has something to read: PostgreSQL's last word, or the end."""
        while self._idle:
            session = self._idle.pop()
            waiting = select.poll()
            waiting.register(session.fileno(), select.POLLIN)
            if not waiting.poll(0):
                return session
            asyncio.ensure_future(session.close())  # noqa: RUF006 - it takes a moment and matters to nobody
        return None

    async def _connect(self) -> Session:
        parameters: dict[str, Any] = {**connection.get_connection_params(), "autocommit": True}
        # psycopg's own cursor and adapters: Django's load times in Python.
        for name in ("cursor_factory", "context"):
            parameters.pop(name, None)
        if "options" in parameters:
            parameters["options"] += f" -c lock_timeout={self._lock_timeout_ms}"
        session: Session = await psycopg.AsyncConnection.connect(**parameters)
        await session.execute(SET_UTC)
        return session

    @property
    def _lock_timeout_ms(self) -> int:
        longest = settings.DATABASE_LOCK_TIMEOUT_MS
        ours = self._kind.longest_lock_ms
        return min(longest or ours, ours) if ours is not None else longest

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()


@asynccontextmanager
async def _deadline(session: Session) -> AsyncIterator[None]:
    """Raises OutcomeUnknown, and closes the connection, if a server that hangs does not end a statement itself."""
    longest = settings.DATABASE_STATEMENT_TIMEOUT_MS
    try:
        async with asyncio.timeout(longest / 1000 + 1 if longest else None):
            with watchdog.watching(session):
                yield
    except TimeoutError:
        with suppress(psycopg.Error):
            await session.cancel_safe(timeout=CANCEL_SECONDS)
        await session.close()
        raise OutcomeUnknown(f"PostgreSQL did not answer within {longest / 1000 + 1:g} s") from None
    except asyncio.CancelledError:
        # Nobody knows what the connection was doing.
        await session.close()
        raise


async def _execute(session: Session, statement: Preparable[Row]) -> list[Row]:
    async with psycopg.AsyncCursor(session, row_factory=args_row(statement.row)) as cursor:
        await cursor.execute(statement.sql, statement.parameters, prepare=True)
        rows: list[Row] = await cursor.fetchall()
        return rows
