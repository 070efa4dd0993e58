"""What each detector takes for odd, and what not. The simulator's users test them together: test_quality.py."""

from collections import Counter
from collections.abc import Sequence

import pytest

from scores.trust.detection.detectors import (
    impossible_metadata,
    intervals,
    jump,
    many_addresses,
    newcomer,
    shared_address,
    shared_agent,
)
from scores.trust.detection.findings import HIGH, LOW, Finding


def users(findings: Sequence[Finding]) -> list[str]:
    return [finding.user_id for finding in findings]


def test_even_intervals_are_odd_and_single_pauses_do_not_hide_them() -> None:
    rhythms = [
        intervals.Rhythm("bot", 100, 19.8, 20.0, 20.2),
        intervals.Rhythm("careful bot", 100, 19.0, 20.0, 21.9),
        intervals.Rhythm("human", 100, 11.0, 20.0, 44.0),
    ]
    found = intervals.judge(rhythms, limit=0.15)
    assert [(each.user_id, each.severity) for each in found] == [("bot", HIGH), ("careful bot", LOW)]
    assert "one every 20.0 s" in intervals.describe(found[0].evidence)


def test_a_crowd_is_odd_unless_it_was_there_on_other_days() -> None:
    crowds = [shared_address.Crowd("192.0.2.1", ["a", "b"] * 20), shared_address.Crowd("192.0.2.2", ["c"] * 40)]
    assert set(users(shared_address.judge(crowds, {"192.0.2.1": 30}))) == {"c"}
    assert set(users(shared_address.judge(crowds, {"192.0.2.1": 20}))) == {"a", "b", "c"}


def test_all_users_of_an_odd_agent_are_flagged_with_it() -> None:
    found = shared_agent.judge([shared_agent.AgentUsers("curl/", ["a", "b"], "curl/8.5.0")])
    assert users(found) == ["a", "b"]
    assert "curl/8.5.0" in shared_agent.describe(found[0].evidence)


def test_many_networks_are_odd_and_a_few_are_not() -> None:
    travels = [many_addresses.Travel("bus", 4, ["192.0.2.0/24"]), many_addresses.Travel("proxies", 30, ["::/48"])]
    found = many_addresses.judge(travels, limit=10)
    assert [(each.user_id, each.severity) for each in found] == [("proxies", HIGH)]


def test_a_level_has_a_limit_only_if_enough_users_finished_it() -> None:
    known, new = ("LEVEL_COMPLETE", "1"), ("LEVEL_COMPLETE", "2")
    durations = {known: Counter({37: 3, 40: 297}), new: Counter({40: 199})}
    (limit,) = impossible_metadata.limits_of(durations)
    assert limit["level"] == "1"
    assert limit["fastest"] == pytest.approx(0.6 * 40.4, abs=0.1)


@pytest.mark.parametrize(("limit", "words"), [(15.0, "nobody can be faster than 15.0 s"), (None, "no time at all")])
def test_one_quick_level_is_luck_and_three_are_odd(limit: float | None, words: str) -> None:
    worst = {"actionType": "LEVEL_COMPLETE", "level": "3", "seconds": 0.0, "limit": limit}
    found = impossible_metadata.judge(
        [impossible_metadata.QuickLevels("lucky", 1, worst), impossible_metadata.QuickLevels("eve", 3, worst)], fewest=3
    )
    assert users(found) == ["eve"]
    assert words in impossible_metadata.describe(found[0].evidence)


def test_a_jump_is_from_far_behind_to_the_top_by_many_points() -> None:
    gains = [
        jump.Gain("eve", 60_000, 100, 90_000),
        jump.Gain("was near", 60_000, 50_000, 110_000),
        jump.Gain("not there yet", 60_000, 100, 60_100),
        jump.Gain("slowly", 20_000, 100, 90_000),
    ]
    assert users(jump.judge(gains, jump.Bar(points=50_000, high=90_000, low=40_000))) == ["eve"]


def test_a_new_user_may_be_good_but_not_that_good() -> None:
    starts = [newcomer.Start("good", 30, 5_000), newcomer.Start("eve", 45, 30_000)]
    assert [(each.user_id, each.severity) for each in newcomer.judge(starts, limit=5_000)] == [("eve", HIGH)]
