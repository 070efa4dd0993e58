"""The watchdog cuts a connection on which someone waits in vain, and no other."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from scoreboard_project.runtime.postgres import watchdog as watchdog_module
from scoreboard_project.runtime.postgres.watchdog import Watchdog
from scoreboard_project.testing.servers.api_server import database_address, free_port
from scoreboard_project.testing.threads import started
from scoreboard_project.testing.waiting import wait_for

Session = psycopg.Connection[Any]
AT_WORK = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active'"


@pytest.fixture
def watchdog(db: None, monkeypatch: pytest.MonkeyPatch) -> Watchdog:
    """Without patience, and without a thread: it looks when a test lets it."""
    monkeypatch.setattr(watchdog_module, "PATIENT_SECONDS", 0.0)
    monkeypatch.setattr(Watchdog, "_start", lambda _: None)
    return Watchdog()


@pytest.fixture
def session(db: None) -> Iterator[Session]:
    """A connection to the test database."""
    with psycopg.connect(database_address(), autocommit=True) as found:
        yield found


def is_cut(session: Session) -> bool:
    try:
        session.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False


def is_at_work(session: Session) -> bool:
    # Within the transaction of a test, PostgreSQL would show the same states again and again.
    with psycopg.connect(database_address(), autocommit=True) as other:
        return other.execute(AT_WORK, [session.info.backend_pid]).fetchone() is not None


def test_it_leaves_a_long_statement_alone(watchdog: Watchdog, session: Session) -> None:
    answer = started(lambda: session.execute("SELECT pg_sleep(0.5), 'done'").fetchone())
    wait_for(lambda: is_at_work(session))
    with watchdog.watching(session):
        for _ in range(3):
            watchdog.look()
        assert answer() == ("", "done")
    assert not is_cut(session)


def test_it_cuts_a_connection_whose_session_is_idle_at_its_second_look(watchdog: Watchdog, session: Session) -> None:
    with watchdog.watching(session):
        watchdog.look()
        assert not is_cut(session)
        watchdog.look()
        assert is_cut(session)


def test_it_leaves_an_answer_alone_that_is_there_and_not_read_yet(watchdog: Watchdog, session: Session) -> None:
    session.pgconn.send_query(b"SELECT 1")
    wait_for(lambda: not is_at_work(session))
    with watchdog.watching(session):
        for _ in range(3):
            watchdog.look()
    assert session.pgconn.get_result() is not None
    assert session.pgconn.get_result() is None
    assert not is_cut(session)


def test_it_cuts_at_once_if_nobody_answers(
    watchdog: Watchdog, session: Session, monkeypatch: pytest.MonkeyPatch, capture_log: list[str]
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))
    with watchdog.watching(session):
        # The settings are for the thread that looks.
        watchdog.look()
        assert is_cut(session)
    assert "PostgreSQL does not answer" in "".join(capture_log)


def test_behind_a_pooler_it_cuts_nothing_that_answers(watchdog: Watchdog, session: Session, settings: Any) -> None:
    settings.DATABASE_TRANSACTION_POOLING = True
    with watchdog.watching(session):
        watchdog.look()
        watchdog.look()
    assert not is_cut(session)


def test_a_wait_that_is_over_is_forgotten(watchdog: Watchdog, session: Session) -> None:
    with watchdog.watching(session):
        watchdog.look()
    watchdog.look()
    watchdog.look()
    assert not is_cut(session)
