"""PostgreSQL answers and cannot serve, or dies, while players play."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
import pytest

from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import keeping_invariants
from scoreboard_project.testing.faults.writers import Writers, writing
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, readiness
from scoreboard_project.testing.threads import in_threads
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Play, Saw, Stage

PLAYERS = 16
COMES_BACK_WITHIN_SECONDS = 3.0
STATE_SECONDS = 10.0
# A role that is no superuser, to whom limits apply.
LIMITED = "game"
MAKE_LIMITED = (
    f"CREATE ROLE {LIMITED} LOGIN",
    f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {LIMITED}",
    f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {LIMITED}",
)
NO_CONNECTIONS, ANY_NUMBER = (f"ALTER ROLE {LIMITED} CONNECTION LIMIT {number}" for number in (0, -1))
READ_ONLY = "ALTER DATABASE scoreboard SET default_transaction_read_only = on"
WRITABLE = "ALTER DATABASE scoreboard RESET default_transaction_read_only"
# The tests' PostgreSQL may lose its last commits, which this is not about.
SYNCHRONOUS = "ALTER DATABASE scoreboard SET synchronous_commit = on"
ASYNCHRONOUS = "ALTER DATABASE scoreboard RESET synchronous_commit"
LOCK = "SELECT 1 FROM users_scores WHERE user_id = %s FOR UPDATE"


@contextmanager
def state(postgres: OwnPostgres, begin: Sequence[str], end: Sequence[str]) -> Iterator[None]:
    """Sessions are ended, so that new ones meet it."""
    postgres.execute(*begin)
    postgres.end_sessions()
    try:
        yield
    finally:
        postgres.execute(*end)


@pytest.fixture
def limited_role(own_postgres: OwnPostgres) -> Iterator[None]:
    """The role is there for a test."""
    own_postgres.execute(*MAKE_LIMITED)
    yield
    own_postgres.end_sessions()
    own_postgres.execute(f"DROP OWNED BY {LIMITED}", f"DROP ROLE {LIMITED}")


def wait_out(writers: Writers, seconds: float) -> None:
    """Let the state last, and see that it is felt."""
    ends_at = time.monotonic() + seconds
    wait_for(lambda: writers.seen.errors["DATABASE_UNAVAILABLE"] and time.monotonic() > ends_at)


@pytest.mark.thorough
def test_without_a_connection_to_spare_requests_are_503_and_afterwards_all_is_as_before(stage: Stage, saw: Saw) -> None:
    server = stage.serve(DATABASE_URL=f"postgresql://{LIMITED}@127.0.0.1:{stage.to_postgres.port}/scoreboard")
    with keeping_invariants(stage.postgres, server) as invariants:
        with writing(server.address, crowd(PLAYERS)) as writers:
            with state(stage.postgres, [NO_CONNECTIONS], [ANY_NUMBER]):
                wait_out(writers, STATE_SECONDS)
                status, part = readiness(server)
            back_after = writers.first_success_after(time.monotonic())
        saw(back_after=back_after, longest_request=writers.seen.longest_seconds)
        assert (status, "too many connections" in part["reason"]) == (503, True), part
        assert back_after < COMES_BACK_WITHIN_SECONDS
        invariants.check(writers.seen)


@pytest.mark.thorough
def test_while_it_is_read_only_requests_are_503_and_afterwards_all_is_as_before(play: Play, saw: Saw) -> None:
    with writing(play.server.address, crowd(PLAYERS), name=play.name) as writers:
        with state(play.stage.postgres, [READ_ONLY], [WRITABLE]):
            wait_out(writers, STATE_SECONDS)
            status, part = readiness(play.server)
        back_after = writers.first_success_after(time.monotonic())
    saw(back_after=back_after, longest_request=writers.seen.longest_seconds)
    assert (status, "read-only" in part["reason"]) == (503, True), part
    assert back_after < COMES_BACK_WITHIN_SECONDS
    play.invariants.check(writers.seen)


@pytest.mark.thorough
def test_a_crash_and_its_recovery_lose_nothing(play: Play, saw: Saw) -> None:
    server = play.stage.postgres.server
    play.stage.postgres.execute(SYNCHRONOUS)
    play.stage.postgres.end_sessions()
    try:
        with writing(play.server.address, crowd(PLAYERS), name=play.name) as writers:
            for _ in range(3):
                os.kill(server.daemon.pid, signal.SIGQUIT)
                wait_for(lambda: not server.daemon.is_alive())
                server.start()
                back_after = writers.first_success_after(time.monotonic())
        saw(back_after=back_after, longest_request=writers.seen.longest_seconds)
        assert back_after < COMES_BACK_WITHIN_SECONDS
        play.invariants.check(writers.seen)
    finally:
        play.stage.postgres.execute(ASYNCHRONOUS)


def test_two_hundred_requests_at_once_are_all_answered(play: Play) -> None:
    with Game(play.server.address) as game:
        answers = in_threads(game.update, crowd(200), threads=100)
    assert {answer.status for answer in answers} == {200}
    play.invariants.check()


def test_deadlocks_with_a_stranger_cost_nobody_an_action(play: Play) -> None:
    players = crowd(6)
    stopping = threading.Event()
    with writing(play.server.address, players, name=play.name) as writers:
        stranger = threading.Thread(
            target=_lock_in_turns, args=(play.stage.postgres, [player.user_id for player in players], stopping)
        )
        stranger.start()
        time.sleep(3)
        stopping.set()
        stranger.join()
    play.invariants.check(writers.seen)


def _lock_in_turns(postgres: OwnPostgres, user_ids: Sequence[str], stopping: threading.Event) -> None:
    """Lock the users in the opposite order of ours, slowly enough to meet in the middle."""
    with postgres.connect() as connection:
        connection.execute("SET deadlock_timeout = '50ms'")
        while not stopping.is_set():
            try:
                with connection.transaction():
                    for user_id in reversed(user_ids):
                        connection.execute(LOCK, [user_id])
                        time.sleep(0.02)
            except psycopg.errors.DeadlockDetected:
                continue
