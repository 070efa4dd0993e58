"""`manage.py migrate`: Django's, which never holds up the requests of running servers for long.

A migration that waits for a lock makes every later statement on its table wait behind it. So it gives up before the
requests do, and tries again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import Error, OperationalError, connections
from psycopg.errors import LockNotAvailable

# Shorter than DATABASE_LOCK_TIMEOUT_MS is by default: no request fails because of a migration.
LOCK_TIMEOUT_MS = 2000
PAUSE_SECONDS = 3.0
TRIES = 20


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """A migration that is a transaction is repeated as a whole."""
        connection = connections[options["database"]]
        run = super().handle
        try:
            self._execute(connection, f"SET lock_timeout = {int(LOCK_TIMEOUT_MS)}")
            with connection.execute_wrapper(self._execute_patiently):
                self._until_free(lambda: run(*args, **options))
        finally:
            with suppress(Error):
                self._execute(connection, "RESET lock_timeout")

    def _execute_patiently(
        self, execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Outside a transaction a statement is repeated by itself: those before it have been committed."""
        if context["connection"].in_atomic_block:
            return execute(statement, parameters, many, context)
        if "CONCURRENTLY" not in statement:
            return self._until_free(lambda: execute(statement, parameters, many, context))
        # It waits for older transactions, and nobody waits behind it. A timeout would leave an invalid index.
        context["cursor"].cursor.execute("SET lock_timeout = 0")
        try:
            return execute(statement, parameters, many, context)
        finally:
            with suppress(Error):
                context["cursor"].cursor.execute(f"SET lock_timeout = {int(LOCK_TIMEOUT_MS)}")

    def _until_free(self, step: Callable[[], Any]) -> Any:
        """Repeat the step while another transaction holds a lock that it needs. Raises CommandError in the end."""
        for left in range(TRIES, 0, -1):
            try:
                return step()
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                if left == 1:
                    raise CommandError(
                        "Another transaction holds a lock that a migration needs. What was migrated stays. End that "
                        "transaction (see pg_stat_activity), or run the command again when it is quiet."
                    ) from error
            self.stderr.write("A lock was not free in time; trying again ...")
            time.sleep(PAUSE_SECONDS)
        return None

    def _execute(self, connection: Any, statement: str) -> None:
        """A transaction pooler has no session for which to set anything."""
        if settings.DATABASE_TRANSACTION_POOLING:
            return
        with connection.cursor() as cursor:
            cursor.execute(statement)
