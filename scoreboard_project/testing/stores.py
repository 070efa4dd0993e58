"""The tests' database and Valkey as every test finds them, whatever the test before it did or left open."""

from functools import cache
from importlib import import_module

from django.apps import apps
from django.db import OperationalError, connection, transaction

from leaderboard.rank_belief import rank_belief
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.runtime.redis import redis

# The default action types are here. The module's name begins with a digit: no import statement can name it.
first_migration = import_module("action_types.migrations.0001_initial")

# Only the table's owner can do this, and few tests leave an entry.
EMPTY_AUDIT = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM audit_entries) THEN
            ALTER TABLE audit_entries DISABLE TRIGGER USER;
            DELETE FROM audit_entries;
            ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_stay;
            ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_are_not_truncated;
        END IF;
    END $$
"""
# Django makes these with the tables, and a migration the staff's groups.
KEPT_TABLES = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
END_OTHER_TRANSACTIONS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


def empty_stores() -> None:
    """Nothing in any table but the default action types, nothing in Valkey. What a test left open is ended."""
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


@cache
def _emptying() -> str:
    """SQL that leaves every table of a model empty. Foreign keys are not checked before the end of the transaction.

    The lock waits for writes under way, so that no later test sees them. To delete the few rows of a test takes a
    hundredth of the time of TRUNCATE, which makes new files for every table and index.
    """
    models = apps.get_models(include_auto_created=True)
    tables = sorted({model._meta.db_table for model in models} - KEPT_TABLES - {AuditEntry._meta.db_table})
    deletes = [f"DELETE FROM {table}" for table in tables]
    return "; ".join([f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE", *deletes, EMPTY_AUDIT])


def _empty_tables() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute(_emptying())
        first_migration.insert_action_types(apps, None)
