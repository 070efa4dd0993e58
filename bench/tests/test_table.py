"""Whether a stage held the specification's load table."""

from dataclasses import replace
from typing import Any

import pytest

from bench.load.samples import Times, merged
from bench.load.table import Measured, first_broken, rows


def times_of(*milliseconds: float) -> Times:
    times = Times()
    for each in milliseconds:
        times.add(each)
    return times


HELD = Measured(
    name="1×",
    seconds=60.0,
    traffic=1.0,
    asked_users=10_000,
    asked_sockets=5000,
    users=10_000,
    sockets=5000,
    requests=60_000,
    boards=12_000,
    updates=500,
    failed=0,
    times=times_of(*[5.0] * 95, *[300.0] * 5),
    pushes=times_of(*[50.0] * 99, 900.0),
    pushes_lost=0,
    hits=95,
    misses=5,
)


def failed_rows(stage: Measured) -> list[str]:
    return [row.name for row in rows(stage) if not row.passed]


def test_a_stage_that_just_reaches_every_figure_passes() -> None:
    assert failed_rows(HELD) == []


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"requests": 59_999}, "requests a second"),
        ({"boards": 11_999}, "board reads a second"),
        ({"updates": 499}, "updates a minute"),
        ({"sockets": 4999}, "sockets subscribed"),
        ({"users": 9999}, "users"),
        ({"times": times_of(*[5.0] * 94, *[100.1] * 6)}, "API p95"),
        ({"pushes": times_of(*[50.0] * 98, 501.0, 501.0)}, "push, p99 of all sockets"),
        ({"pushes_lost": 1}, "push, p99 of all sockets"),
        ({"pushes": Times()}, "push, p99 of all sockets"),
        ({"hits": 94, "misses": 6}, "cache hits"),
        ({"failed": 61}, "failed requests"),
    ],
)
def test_each_figure_alone_can_fail(change: dict[str, Any], row: str) -> None:
    assert failed_rows(replace(HELD, **change)) == [row]


def test_three_times_the_traffic_asks_for_three_times_the_rates() -> None:
    assert failed_rows(replace(HELD, traffic=3.0)) == ["requests a second", "board reads a second", "updates a minute"]


def test_it_names_the_stage_and_the_rows_that_broke_first() -> None:
    broken = replace(HELD, name="2×", sockets=10)
    assert first_broken([HELD, broken, replace(broken, name="3×")]) == (broken, ["sockets subscribed"])
    assert first_broken([HELD]) is None


def test_a_stage_is_broken_when_it_falls_behind_or_refuses() -> None:
    assert not HELD.is_broken
    assert replace(HELD, requests=53_000).is_broken
    assert replace(HELD, failed=601).is_broken


def test_percentiles_of_merged_times_are_those_of_all() -> None:
    both = merged([times_of(1.0, 2.0), times_of(3.0, 4.0)])
    assert [both.percentile(part) for part in (0.25, 0.5, 1.0)] == [1.0, 2.0, 4.0]
    assert Times(both.as_json()).percentile(0.75) == 3.0
    assert Times().percentile(0.5) == 0.0
