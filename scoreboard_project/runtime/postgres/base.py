"""Django's PostgreSQL backend with the pool of pool.py. DATABASES names this package as ENGINE."""

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
    """Django's error wrapper, which also has sessions replaced that keep an outdated setting."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc_value is not None:
            self.wrapper.note_error(exc_value)
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """A thread's connection to PostgreSQL."""

    # Django has these; its stubs do not.
    _connection_pools: dict[str, Any]
    _configure_connection: Any

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters. In a command a lock has no time limit, because no client waits for the answer."""
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
        # With CONN_MAX_AGE, Django raises ImproperlyConfigured.
        if options and self.alias not in {NO_DB_ALIAS, *pools} and not self.settings_dict["CONN_MAX_AGE"]:
            connect = {**self.get_connection_params(), "autocommit": True}
            made = RequestPool(kwargs=connect, open=False, configure=self._configure_connection, **options)
            # If two threads get here, one of the pools is dropped. Neither is open yet.
            pools.setdefault(self.alias, made)
        return super().pool

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        return SessionErrors(self)

    def note_error(self, error: BaseException) -> None:
        """Replace the session, and older ones, if it would meet the same error again after its cause is gone."""
        refusal = refusal_of(error)
        if refusal is None or not refusal.spoils_session or self.connection is None:
            return
        if self.pool:
            self.pool.forget_sessions(self.connection)
        else:
            self.close_at = 0.0

    def chunked_cursor(self) -> Any:  # noqa: ANN401 - as Django's own
        """A server-side cursor. Behind a transaction pooler only a transaction can have one."""
        if settings.DATABASE_TRANSACTION_POOLING and not self.in_atomic_block:
            return self.cursor()
        return super().chunked_cursor()
