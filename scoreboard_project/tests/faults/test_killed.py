"""Processes are killed while sixteen players play, each of whom repeats an action with its id until it succeeds."""

import signal

import pytest

from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import Invariants
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Stage

PLAYERS = 16


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.thorough)])
def test_each_action_counts_once_though_the_api_is_killed_again_and_again(stage: Stage, kills: int) -> None:
    server = stage.serve()
    invariants = Invariants(stage.postgres, [server])
    with writing(server.address, crowd(PLAYERS)) as writers:
        for _ in range(kills):
            played = len(writers.seen.succeeded)
            wait_for(lambda played=played: len(writers.seen.succeeded) > played + 3 * PLAYERS)  # type: ignore[misc]
            server.stop(signal.SIGKILL)
            server.start()
    assert writers.seen.errors
    invariants.check(writers.seen)
