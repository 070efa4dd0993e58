"""`migrate` gives up a lock that it cannot have soon, and tries again."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from scoreboard_project.management.commands import migrate
from scoreboard_project.testing.servers.api_server import database_address
from scoreboard_project.testing.threads import started
from scoreboard_project.testing.waiting import wait_for


@pytest.fixture(autouse=True)
def quick(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for a lock, and between two tries, for a moment only."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)


@pytest.fixture
def stranger() -> "Iterator[psycopg.Connection[Any]]":
    """Someone whose transaction locks what a migration needs."""
    with psycopg.connect(database_address()) as found:
        found.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        yield found
        found.rollback()


def test_it_goes_on_when_the_lock_is_free(stranger: "psycopg.Connection[Any]") -> None:
    output, errors = StringIO(), StringIO()
    done = started(lambda: call_command("migrate", stdout=output, stderr=errors))
    wait_for(lambda: errors.getvalue().count("trying again") > 1)
    stranger.rollback()
    done()
    assert "No migrations to apply" in output.getvalue()


def test_it_says_so_when_the_lock_is_never_free(
    stranger: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "TRIES", 2)
    with pytest.raises(CommandError, match="holds a lock"):
        call_command("migrate", stdout=StringIO(), stderr=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)


def test_a_statement_outside_a_transaction_is_repeated_alone(stranger: "psycopg.Connection[Any]") -> None:
    errors = StringIO()
    command = migrate.Command(stderr=errors)

    def count() -> int:
        with connection.cursor() as cursor, connection.execute_wrapper(command._execute_patiently):
            cursor.execute("SET lock_timeout = 50")
            cursor.execute("SELECT count(*) FROM django_migrations")
            found: int = cursor.fetchone()[0]
            cursor.execute("RESET lock_timeout")
            return found

    counted = started(count)
    wait_for(lambda: "trying again" in errors.getvalue())
    stranger.rollback()
    assert counted() > 10
