"""Everything is restarted again and again while players play and watch: nothing grows, nothing is lost.

SOAK_SECONDS in the environment makes it longer than two minutes.
"""

import itertools
import os
import signal
import time
from collections.abc import Callable

import pytest

from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import Resources, keeping_invariants
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Saw, Stage

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))
ROUND_SECONDS = 5.0
# Of a server that has been through a few rounds.
MEMORY_GROWS_BY = 48 * 1024 * 1024
SYNCHRONOUS = "ALTER DATABASE scoreboard SET synchronous_commit = on"
ASYNCHRONOUS = "ALTER DATABASE scoreboard RESET synchronous_commit"

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(SOAK_SECONDS + 300)]


def test_restarts_of_everything_leave_nothing_behind(stage: Stage, saw: Saw) -> None:
    server, other = stage.serve(), stage.serve()
    faults = itertools.cycle(_faults(stage, other.stop, other.start))
    stage.postgres.execute(SYNCHRONOUS)
    stage.postgres.end_sessions()
    try:
        with keeping_invariants(stage.postgres, server) as invariants:
            with (
                writing(server.address, crowd(16), name="one") as writers,
                writing(other.address, [*crowd(24)][16:], name="two") as others,
            ):
                settled = None
                began = time.monotonic()
                while time.monotonic() < began + SOAK_SECONDS:
                    next(faults)()
                    time.sleep(ROUND_SECONDS)
                    if settled is None and time.monotonic() > began + SOAK_SECONDS / 3:
                        settled = Resources.of(server, stage.postgres)
            invariants.check(writers.seen, others.seen)
            assert settled
            grown = Resources.of(server, stage.postgres).memory - settled.memory
            count = len(writers.seen.asked) + len(others.seen.asked)
            saw(actions=f"{count}", memory=f"{grown / 2**20:+.1f} MiB")
            assert grown < MEMORY_GROWS_BY
    finally:
        stage.postgres.execute(ASYNCHRONOUS)


def _faults(stage: Stage, stop: Callable[..., int], start: Callable[[], None]) -> list[Callable[[], object]]:
    """One after the other: a process, Valkey and PostgreSQL, each killed or told to stop."""
    postgres, valkey = stage.postgres.server, stage.valkey

    def restart_process(number: signal.Signals) -> None:
        stop(number)
        start()

    def restart_valkey() -> None:
        os.kill(valkey.daemon.pid, signal.SIGKILL)
        wait_for(lambda: not valkey.daemon.is_alive())
        valkey.start()

    def crash_postgres() -> None:
        os.kill(postgres.daemon.pid, signal.SIGQUIT)
        wait_for(lambda: not postgres.daemon.is_alive())
        postgres.start()

    def restart_postgres() -> None:
        postgres.stop()
        postgres.start()

    return [
        lambda: restart_process(signal.SIGKILL),
        restart_valkey,
        crash_postgres,
        lambda: restart_process(signal.SIGTERM),
        valkey.flush,
        restart_postgres,
        stage.postgres.end_sessions,
        stage.to_postgres.sever,
        stage.to_redis.sever,
    ]
