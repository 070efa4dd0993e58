"""The connection pool of a process: psycopg's, with a quick return after an outage and without dead connections."""

import logging
import select
from contextlib import suppress
from time import monotonic
from typing import Any, ClassVar, Self, TypeVar

import psycopg
from django.conf import settings
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from scoreboard_project.runtime.current_request import current_request_id
from scoreboard_project.runtime.postgres.states import refusal_of
from scoreboard_project.runtime.postgres.watchdog import watchdog

Answer = TypeVar("Answer")

# psycopg's pool doubles the pause between its attempts to connect, up to minutes. With this limit it gives up after the
# second attempt, and `reconnect_failed` starts again.
RECONNECT_SECONDS = 0.5
# How long a request waits for a connection before it looks whether PostgreSQL refuses the pool, and how long if it did
# at the last attempt.
FIRST_LOOK_SECONDS = 0.25
NEXT_LOOK_SECONDS = 0.02
DRAIN_AGAIN_SECONDS = 1.0
CANCEL_SECONDS = 1.0
TOO_MANY_CONNECTIONS = "53300"

log = logging.getLogger("scoreboard.postgresql")


class RequestConnection(psycopg.Connection[TupleRow]):
    """A connection on which a request waits for a limited time: a server that hangs does not end a statement itself."""

    # Why the last attempt to connect failed; None if it succeeded. A process has one database.
    refused: ClassVar[psycopg.Error | None] = None
    opened_at = 0.0

    @classmethod
    def connect(cls, *args: Any, **options: Any) -> Self:  # noqa: ANN401 - psycopg's own options
        """Open a connection. Remember the error if that fails."""
        try:
            opened = super().connect(*args, **options)
        except psycopg.Error as error:
            if RequestConnection.refused is None:
                log.warning("PostgreSQL refuses connections", extra={"reason": str(error).partition("\n")[0]})
            RequestConnection.refused = error
            raise
        if RequestConnection.refused is not None:
            log.warning("PostgreSQL accepts connections again")
        RequestConnection.refused = None
        opened.opened_at = monotonic()
        return opened

    def wait(self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None) -> Answer:
        """Raises OperationalError, and closes the connection, when a request has waited for too long."""
        if timeout is not None or not settings.DATABASE_STATEMENT_TIMEOUT_MS or not current_request_id.get():
            return super().wait(gen, interval, timeout)
        # PostgreSQL itself ends a statement a second earlier, unless it hangs or a pooler dropped the limit.
        longest = settings.DATABASE_STATEMENT_TIMEOUT_MS / 1000 + 1
        try:
            with watchdog.watching(self):
                return super().wait(gen, interval, longest)
        except psycopg.errors._WaitTimeout:
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=CANCEL_SECONDS)
            self.close()
            raise psycopg.OperationalError(f"PostgreSQL did not answer within {longest:g} s") from None


class RequestPool(ConnectionPool[RequestConnection]):
    """Checks an idle connection before it hands it out, by a look at the socket, which costs no round trip."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - psycopg's own options
        self._drained_last = 0.0
        super().__init__(
            connection_class=RequestConnection,
            check=self._refuse_dead,
            reconnect_timeout=RECONNECT_SECONDS,
            # Makes an empty pool connect again.
            reconnect_failed=lambda pool: pool.check(),
            **options,
        )

    def getconn(self, timeout: float | None = None) -> RequestConnection:
        """Raises PoolTimeout; or OperationalError, much sooner, if PostgreSQL refuses new connections."""
        longest = self.timeout if timeout is None else timeout
        look = NEXT_LOOK_SECONDS if RequestConnection.refused else FIRST_LOOK_SECONDS
        give_up_at = monotonic() + longest
        try:
            return super().getconn(min(look, longest))
        except PoolTimeout:
            refused = RequestConnection.refused
            if refused and not _is_full(refused):
                raise psycopg.OperationalError(str(refused)) from refused
        return super().getconn(give_up_at - monotonic())

    def forget_sessions(self, connection: RequestConnection) -> None:
        """Replace this connection and the older ones, which have the same problem. At most once a second."""
        if connection.opened_at > self._drained_last and monotonic() - self._drained_last > DRAIN_AGAIN_SECONDS:
            self._drained_last = monotonic()
            self.drain()

    def _refuse_dead(self, connection: RequestConnection) -> None:
        """Raises psycopg's error for a dead connection. Its socket has something to read: a message, or its end."""
        waiting = select.poll()
        waiting.register(connection.fileno(), select.POLLIN)
        if not waiting.poll(0):
            return
        try:
            connection.execute("")
        except psycopg.Error:
            # Probably PostgreSQL was restarted, and the other idle connections are dead too.
            if connection.opened_at > self._drained_last:
                self._drained_last = monotonic()
                self.drain()
            raise


def _is_full(error: psycopg.Error) -> bool:
    """Whether PostgreSQL has no connection to spare. Then it pays to wait for one of the pool."""
    refusal = refusal_of(error)
    return refusal is not None and refusal.sqlstate == TOO_MANY_CONNECTIONS
