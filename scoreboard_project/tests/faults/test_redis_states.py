"""Whatever happens to Redis while players play, no action fails or waits long, and ranks and boards are right again."""

import time

import pytest

from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.probing import asking_healthz
from scoreboard_project.testing.faults.redis_states import REDIS_STATES
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.tests.faults.conftest import Play, Saw

PLAYERS = 16
# The timeout of Redis is 0.2 s. Waiting for it may cost this much on top of what a request takes without trouble.
SLOWER_BY_SECONDS = 0.3
QUICK = {"hanging": 3.0, "losing keys": 0.0}
LONG_SECONDS = 30.0


def slow(seconds: list[float]) -> float:
    """How long all but one of a hundred take at most: a busy machine makes single ones wait."""
    return sorted(seconds)[-1 - len(seconds) // 100]


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        *QUICK.items(),
        *(pytest.param(name, LONG_SECONDS, marks=pytest.mark.thorough) for name in REDIS_STATES),
    ],
)
def test_actions_go_on_and_everything_agrees_afterwards(play: Play, name: str, seconds: float, saw: Saw) -> None:
    state = REDIS_STATES[name](play.stage.to_redis, play.stage.valkey)
    with writing(play.server.address, crowd(PLAYERS), name=play.name) as writers, asking_healthz(play.server) as health:
        time.sleep(2)
        usual = slow(writers.seen.seconds)
        count = len(writers.seen.seconds)
        with state:
            time.sleep(seconds)
        slowest = slow(writers.seen.seconds[count:])
    assert not writers.seen.errors
    play.invariants.check(writers.seen)
    agreed_after = play.invariants.seconds_to_agree
    saw(slow_before=usual, slow_then=slowest, longest_healthz=health.longest, agreed_after=agreed_after)
    assert slowest < usual + SLOWER_BY_SECONDS
