"""What a load test does when, and what its users ask for."""

from collections import Counter
from itertools import islice

import pytest

from bench.load.clients.mix import BOARD, BOARD_LIMITS, UPDATE, path_of, requests
from bench.load.judging import recovery_seconds
from bench.load.scenarios import NAMES, make_scenario


def test_it_has_the_five_scenarios_of_the_specification() -> None:
    assert NAMES == ("baseline", "peak", "spike", "stress", "endurance")


@pytest.mark.parametrize(
    ("second", "traffic"), [(0, 1), (34.9, 1), (36, 1), (64.9, 1), (65, 10), (94.9, 10), (95, 1), (135, 10), (204, 1)]
)
def test_a_spike_is_ten_times_the_traffic_between_calm_stages(second: float, traffic: float) -> None:
    scenario = make_scenario("spike")
    stage = scenario.stage_at(second)
    assert stage is not None
    assert scenario.stages[stage].traffic == traffic


@pytest.mark.parametrize("name", NAMES)
def test_it_ends_after_its_last_stage(name: str) -> None:
    scenario = make_scenario(name)
    assert scenario.stage_at(scenario.seconds - 0.1) == len(scenario.stages) - 1
    assert scenario.stage_at(scenario.seconds) is None


def test_a_length_and_a_traffic_replace_those_of_judged_stages() -> None:
    warm_up, judged = make_scenario("endurance", seconds=600, traffic=3).stages
    assert (judged.name, judged.seconds, judged.traffic) == ("3×", 600, 3)
    assert not warm_up.is_judged
    assert warm_up.seconds == 35


def test_stress_asks_for_more_with_each_stage_and_stops_when_broken() -> None:
    scenario = make_scenario("stress")
    assert scenario.stops_when_broken
    assert [stage.traffic for stage in scenario.stages[1:5]] == [1, 2, 3, 4]


def test_a_thousand_requests_a_second_have_the_rates_of_the_table() -> None:
    minute = list(islice(requests(10_000), 60_000))
    kinds = Counter(kind for kind, _, _ in minute)
    assert kinds[BOARD] == 60 * 200
    assert kinds[UPDATE] == 500


def test_boards_are_read_in_all_cached_sizes() -> None:
    limits = Counter(number for kind, _, number in islice(requests(10_000), 120) if kind == BOARD)
    assert limits == BOARD_LIMITS


def test_a_history_is_ones_own_and_a_score_anybodys() -> None:
    assert "/users/bench-7/" in path_of("history", own=7, other=8, number=0)
    assert "/users/bench-8/" in path_of("user", own=7, other=8, number=0)


def test_recovery_is_counted_from_the_drop_until_p95_is_on_target() -> None:
    def line(second: int, stage: int, tenths: int) -> dict[str, object]:
        return {"second": second, "stage": stage, "times": {"board": {str(tenths): 100}}, "failures": {}}

    lines = [line(1, 0, 9000), line(2, 1, 9000), line(3, 1, 2000), line(4, 1, 900), line(5, 1, 900)]
    assert recovery_seconds(lines, [10, 1]) == [3]
