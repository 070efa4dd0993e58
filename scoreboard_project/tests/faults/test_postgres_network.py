"""The network between a server and PostgreSQL fails while players play."""

import time
from collections.abc import Callable

import pytest

from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.probing import asking_healthz
from scoreboard_project.testing.faults.proxy import FaultProxy
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.testing.servers.own_postgres import readiness
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Play, Saw

# Patience of the watchdog (2.5 s), its question (4 s), and a new connection that is tried (5 s).
LONGEST_REQUEST_SECONDS = 13.0
COMES_BACK_WITHIN_SECONDS = 3.0
# In silence, the watchdog must find out first.
FOUND_WITHIN_SECONDS = 6.0
HEALTHZ_WITHIN_SECONDS = 1.0

Fault = Callable[[FaultProxy], object]


@pytest.mark.parametrize(
    ("begin", "seconds", "reason"),
    [
        pytest.param(FaultProxy.blackhole, 10, "no answer", id="blackhole"),
        pytest.param(FaultProxy.refuse, 2, "nobody listens", id="refuse"),
        pytest.param(FaultProxy.blackhole, 40, "no answer", id="long blackhole", marks=pytest.mark.thorough),
        pytest.param(FaultProxy.refuse, 30, "nobody listens", id="long refusal", marks=pytest.mark.thorough),
    ],
)
def test_while_it_lasts_requests_end_with_503_and_afterwards_all_is_as_before(
    play: Play, begin: Fault, seconds: float, reason: str, saw: Saw
) -> None:
    proxy, server = play.stage.to_postgres, play.server
    with writing(server.address, crowd(16), name=play.name) as writers, asking_healthz(server) as health:
        begin(proxy)
        ends_at = time.monotonic() + seconds
        status, part = readiness(server)
        wait_for(lambda: time.monotonic() > ends_at, seconds=60)
        refused = writers.seen.errors["DATABASE_UNAVAILABLE"]
        proxy.heal()
        back_after = writers.first_success_after(time.monotonic())
    saw(back_after=back_after, longest_request=writers.seen.longest_seconds, longest_healthz=health.longest)
    assert (status, reason in part["reason"]) == (503, True), part
    assert refused
    play.invariants.check(writers.seen)
    assert back_after < COMES_BACK_WITHIN_SECONDS
    assert writers.seen.longest_seconds < LONGEST_REQUEST_SECONDS
    assert health.longest < HEALTHZ_WITHIN_SECONDS
    assert readiness(server)[0] == 200


def test_connections_that_died_in_silence_are_found_and_replaced(play: Play, saw: Saw) -> None:
    with writing(play.server.address, crowd(16), name=play.name) as writers, asking_healthz(play.server) as health:
        play.stage.to_postgres.sever()
        back_after = writers.first_success_after(time.monotonic() + 0.2)
    saw(back_after=back_after, longest_request=writers.seen.longest_seconds, longest_healthz=health.longest)
    play.invariants.check(writers.seen)
    assert back_after < FOUND_WITHIN_SECONDS
    assert health.longest < HEALTHZ_WITHIN_SECONDS


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(FaultProxy.reset, id="reset"),
        pytest.param(lambda proxy: proxy.cut_after(2000), id="cut in an answer"),
    ],
)
def test_a_lost_connection_costs_no_more_than_a_repeat(play: Play, begin: Fault) -> None:
    with writing(play.server.address, crowd(16), name=play.name) as writers:
        for _ in range(5):
            begin(play.stage.to_postgres)
            time.sleep(0.1)
            play.stage.to_postgres.heal()
            assert writers.first_success_after(time.monotonic()) < COMES_BACK_WITHIN_SECONDS
    play.invariants.check(writers.seen)


@pytest.mark.thorough
def test_a_slow_line_makes_everything_slow_and_nothing_fail(play: Play) -> None:
    with writing(play.server.address, crowd(16), name=play.name) as writers, asking_healthz(play.server) as health:
        play.stage.to_postgres.delay(0.1)
        time.sleep(5)
        play.stage.to_postgres.heal()
        play.stage.to_postgres.throttle(20_000)
        time.sleep(5)
        play.stage.to_postgres.heal()
    assert not writers.seen.errors
    assert health.longest < HEALTHZ_WITHIN_SECONDS
    play.invariants.check(writers.seen)
