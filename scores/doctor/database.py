"""Does PostgreSQL record actions, and has it what it needs to go on?"""

import shutil
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from scores.doctor.finding import Finding, fine, unknown, warning, wrong
from scores.ranks.standings import database_now
from scores.selectors.recording import why_no_action_is_recorded

OLDEST_VERSION = 14
VERSION = "SELECT current_setting('server_version_num')::int / 10000"
# Each server process also has up to 6 connections of its event loop, and a probe.
LOOP_CONNECTIONS = 7
MOST_USED = 0.8
TOLERATED_CLOCK_SECONDS = 2.0
WRONG_CLOCK_SECONDS = 30.0
LONGEST_LAG = timedelta(seconds=10)
LONGEST_TRANSACTION = timedelta(minutes=30)
LEAST_FREE = 0.1
OLDEST_TRANSACTION_ID = 1_500_000_000
CONNECTIONS = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
"""
# Others may not read it.
DIRECTORY = """
SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'MEMBER') THEN current_setting('data_directory') END
"""
LAGS = "SELECT count(*), max(replay_lag) FROM pg_stat_replication"
OLD_TRANSACTIONS = """
SELECT max(now() - xact_start), (SELECT max(age(datfrozenxid)) FROM pg_database)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def examine_recording() -> Finding:
    """Its state, version and schema."""
    refusal = why_no_action_is_recorded()
    if refusal:
        return wrong(f"{refusal}: {refusal.said}" if refusal.said else str(refusal), "See docs/deploy.md.")
    ((version,),) = _rows(VERSION)
    if version < OLDEST_VERSION:
        return wrong(f"PostgreSQL {version} is too old", f"Version {OLDEST_VERSION} is the oldest that works.")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return wrong(f"{len(missing)} migrations were not applied", "Run: migrate")
    return fine(f"PostgreSQL {version} records actions, and its schema is up to date")


def examine_connections() -> Finding:
    """Whether there are enough for all processes."""
    ((most, used),) = _rows(CONNECTIONS)
    of_a_process = settings.DATABASE_POOL_SIZE + LOOP_CONNECTIONS
    says = f"{used} of {most} are used; each server process may take {of_a_process}"
    if used > MOST_USED * most or of_a_process > most:
        return warning(says, "Lower DATABASE_POOL_SIZE, or raise max_connections, or put PgBouncer in between.")
    return fine(says)


def examine_clock() -> Finding:
    """This machine's clock against PostgreSQL's. Tokens end by the one, events have the time of the other."""
    before = time.time()
    theirs = database_now().timestamp()
    difference = theirs - (before + time.time()) / 2
    says = f"PostgreSQL's clock is {abs(difference):.1f} s {'ahead' if difference > 0 else 'behind'}"
    if abs(difference) > WRONG_CLOCK_SECONDS:
        return wrong(says, "Let both machines follow the same time servers.")
    if abs(difference) > TOLERATED_CLOCK_SECONDS:
        return warning(says, "Let both machines follow the same time servers.")
    return fine(says)


def examine_replicas() -> Finding:
    """How far they are behind."""
    ((replicas, lag),) = _rows(LAGS)
    if lag and lag > LONGEST_LAG:
        return warning(
            f"a replica is {lag.total_seconds():.0f} s behind",
            "After a failover to it, actions of that time would be lost: see what slows it down.",
        )
    return fine(f"{replicas} replicas, none far behind" if replicas else "there are no replicas")


def examine_transactions() -> Finding:
    """Old transactions hold vacuum back; transaction ids must not run out."""
    ((longest, oldest_id),) = _rows(OLD_TRANSACTIONS)
    if oldest_id > OLDEST_TRANSACTION_ID:
        return wrong(f"transaction ids run out: the oldest has age {oldest_id}", "Run VACUUM FREEZE, and see why not.")
    if longest and longest > LONGEST_TRANSACTION:
        return warning(
            f"a transaction is open for {longest.total_seconds() // 60:.0f} minutes", "End it: see pg_stat_activity."
        )
    return fine("none is old")


def examine_disk() -> Finding:
    """How much room is left, if PostgreSQL's files are on this machine."""
    ((directory,),) = _rows(DIRECTORY)
    if not directory:
        return unknown("the role may not see where PostgreSQL's files are: watch that disk by other means")
    try:
        usage = shutil.disk_usage(directory)
    except OSError:
        return unknown("PostgreSQL's files are not on this machine: watch that disk by other means")
    says = f"{usage.free / usage.total:.0%} of PostgreSQL's disk is free"
    return (
        fine(says) if usage.free > LEAST_FREE * usage.total else warning(says, "Make room: a full disk stops writes.")
    )


def _rows(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
