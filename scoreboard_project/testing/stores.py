"""The tests' database and Valkey as every test finds them, whatever the test before it did or left open."""

from importlib import import_module

from django.apps import apps
from django.db import OperationalError, connection, transaction

from leaderboard.rank_belief import rank_belief
from scoreboard_project.runtime.redis import redis

# The default action types are here. The module's name begins with a digit: no import statement can name it.
first_migration = import_module("action_types.migrations.0001_initial")

# The lock waits for writes under way, so that none of them is seen by the next test. To delete the few rows of a test
# takes a hundredth of the time of TRUNCATE, which makes new files for every table and index.
EMPTY_TABLES = """
    LOCK TABLE users_scores, score_events, score_requests, action_types IN EXCLUSIVE MODE;
    DELETE FROM score_events;
    DELETE FROM score_requests;
    DELETE FROM users_scores;
    DELETE FROM action_types;
"""
END_OTHER_TRANSACTIONS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


def empty_stores() -> None:
    """No users, no events, the default action types, nothing in Valkey. What a test left open is ended."""
    connection.close()
    try:
        _empty_tables()
    except OperationalError:
        with connection.cursor() as cursor:
            cursor.execute(END_OTHER_TRANSACTIONS)
        _empty_tables()
    close_breaker()
    redis.execute("FLUSHDB")


def close_breaker() -> None:
    """Let the next call reach Redis, whatever a test did to it."""
    redis.breaker.next_try_at = 0.0


def believe_redis() -> None:
    """Forget what a test before made this process doubt."""
    rank_belief.note_written(rank_belief.doubts)
    rank_belief.note_checked()
    rank_belief.note_ready()


def _empty_tables() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute(EMPTY_TABLES)
        first_migration.insert_action_types(apps, None)
