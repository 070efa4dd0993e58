"""The worker does what was deferred: once the cause is committed, and although it was killed, away or runs twice."""

import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from scoreboard_project.testing.commands import environment
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.worker.declare import time_is_left
from scoreboard_project.worker.process import is_worker_alive
from scoreboard_project.worker.queue import read_queue

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("scoreboard")]


numbers = itertools.count()


class Undo(Exception):
    """Ends a transaction."""


def sql(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def defer(name: str = "take_over_stalled") -> None:
    """A job that needs nothing, as an app defers one."""
    app.tasks[name].configure(queueing_lock=f"test {next(numbers)}").defer(timestamp=0)


def left() -> int:
    return len(sql("SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queueing_lock LIKE 'test%'"))


@contextmanager
def worker(**variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that has begun; it is killed at the end."""
    newest = "SELECT max(id) FROM procrastinate_workers"
    before = sql(newest)
    command = [sys.executable, "manage.py", "work", "--end-with-stdin"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(**variables), stdin=subprocess.PIPE) as process:
        try:
            wait_for(lambda: sql(newest) != before and sql(newest) != [(None,)])
            yield process
        finally:
            process.kill()


def test_a_job_waits_for_the_worker_and_only_if_its_cause_was_committed() -> None:
    with suppress(Undo), transaction.atomic():
        defer()
        raise Undo
    assert left() == 0
    with transaction.atomic():
        defer()
    assert (left(), read_queue().waiting) == (1, 1)
    with worker():
        wait_for(lambda: left() == 0)
        assert is_worker_alive()
        assert read_queue().workers == 1


def test_it_ends_soon_when_told_to() -> None:
    with worker() as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_it_ends_with_its_launcher() -> None:
    with worker() as process:
        assert process.stdin
        process.stdin.close()
        process.wait(timeout=10)


def test_what_a_killed_worker_was_doing_is_done_by_the_next() -> None:
    defer()
    sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
    sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)")
    with worker():
        wait_for(lambda: left() == 0, seconds=90)


def test_it_waits_for_postgresql_and_goes_on() -> None:
    with worker():
        sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'scoreboard'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        defer()
        wait_for(lambda: left() == 0)


def test_two_workers_share_the_jobs() -> None:
    with worker(), worker():
        for _ in range(50):
            defer()
        wait_for(lambda: left() == 0)
        assert read_queue().failed == 0


def test_steps_end_when_their_time_is_over() -> None:
    assert time_is_left(60)()
    assert not time_is_left(0)()
