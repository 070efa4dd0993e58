"""A process is killed or told to stop while sixteen players play, who repeat an action with its id until it counts."""

import signal
import time

import pytest

from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import keeping_invariants
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Saw, Stage

PLAYERS = 16
STOPS_WITHIN_SECONDS = 10.0


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.thorough)])
def test_each_action_counts_once_though_the_api_is_killed_again_and_again(stage: Stage, kills: int, saw: Saw) -> None:
    server = stage.serve()
    with keeping_invariants(stage.postgres, server) as invariants:
        with writing(server.address, crowd(PLAYERS)) as writers:
            for _ in range(kills):
                played = len(writers.seen.succeeded)
                wait_for(lambda played=played: len(writers.seen.succeeded) > played + 3 * PLAYERS)  # type: ignore[misc]
                server.stop(signal.SIGKILL)
                server.start()
            stop_began = time.monotonic()
            server.stop()
            stopped_after = time.monotonic() - stop_began
            server.start()
        saw(stopped_after=stopped_after)
        assert writers.seen.errors
        assert stopped_after < STOPS_WITHIN_SECONDS
        invariants.check(writers.seen)
