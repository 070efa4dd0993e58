"""Django's PostgreSQL backend with a pool of our own settings. DATABASES names this package as ENGINE."""

from functools import cached_property
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base as postgresql
from django.db.utils import DatabaseErrorWrapper

from scoreboard_project.runtime import lifecycle
from scoreboard_project.runtime.postgres.pool import RequestPool
from scoreboard_project.runtime.postgres.states import refusal_of


class SessionErrors(DatabaseErrorWrapper):
    """Django's own, which also lets go of sessions that keep an outdated setting."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc_value is not None:
            self.wrapper.note_error(exc_value)
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """A thread's connection to PostgreSQL."""

    # Django's, which its stubs leave out.
    _connection_pools: dict[str, Any]
    _configure_connection: Any

    def get_connection_params(self) -> dict[str, Any]:
        """As Django's own. A command waits for a lock as long as it takes: nobody waits for the command."""
        found = super().get_connection_params()
        if lifecycle.is_command and "options" in found:
            found["options"] += " -c lock_timeout=0"
        return found

    @property
    def pool(self) -> Any:  # noqa: ANN401 - as Django's own
        """The process's pool, made on first use; None without one, and in a command."""
        if lifecycle.is_command:
            return None
        options = self.settings_dict["OPTIONS"].get("pool")
        pools = self._connection_pools
        # A pool of persistent connections: Django says that it cannot be.
        if options and self.alias not in {NO_DB_ALIAS, *pools} and not self.settings_dict["CONN_MAX_AGE"]:
            connect = {**self.get_connection_params(), "autocommit": True}
            made = RequestPool(kwargs=connect, open=False, configure=self._configure_connection, **options)
            # Of two threads that make one, neither has opened it yet.
            pools.setdefault(self.alias, made)
        return super().pool

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        return SessionErrors(self)

    def note_error(self, error: BaseException) -> None:
        """After some errors this session, and those of its age, would meet them again though the cause has gone."""
        refusal = refusal_of(error)
        if refusal is None or not refusal.spoils_session or self.connection is None:
            return
        if self.pool:
            self.pool.forget_sessions(self.connection)
        else:
            self.close_at = 0.0

    def chunked_cursor(self) -> Any:  # noqa: ANN401 - as Django's own
        """A cursor of the server; behind a transaction pooler only within a transaction, which keeps its server."""
        if settings.DATABASE_TRANSACTION_POOLING and not self.in_atomic_block:
            return self.cursor()
        return super().chunked_cursor()
