"""A rebuild beside the live index: no change is lost or applied twice, and a killed rebuild leaves nothing behind."""

import itertools
import time
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RankRebuild, RebuildBusy, RebuildLost
from leaderboard.tests.standings import KEYS, order, standing
from leaderboard.types import Standing
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.waiting import wait_for


@pytest.mark.parametrize("recorded_first", [True, False])
def test_what_is_recorded_during_a_rebuild_wins_over_what_was_read_before_it(
    index: RankIndex, *, recorded_first: bool
) -> None:
    with RankRebuild() as rebuild:
        newer, older = standing("a", 20, later=1, version=2), standing("a", 10)
        if recorded_first:
            index.record([newer])
        rebuild.add([older, standing("b", 15)])
        if not recorded_first:
            index.record([newer])
        rebuild.finish()
    assert order(index) == ["a", "b"]
    assert index.stray_members() == 0


def test_a_rebuild_takes_in_every_change_however_many_came(index: RankIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.rank_rebuild.USERS_A_CALL", 2)
    with RankRebuild() as rebuild:
        rebuild.add([standing("a", 1), standing("b", 2), standing("c", 3)])
        for version in (2, 3, 4):
            index.record([standing("a", 10 * version, later=version, version=version)])
        index.record([standing("d", 35), standing("e", 4)])
        rebuild.finish()
    assert order(index) == ["a", "d", "e", "c", "b"]
    assert index.stray_members() == 0


def test_a_user_forgotten_during_a_rebuild_stays_forgotten_and_may_come_back(index: RankIndex) -> None:
    with RankRebuild() as rebuild:
        index.forget("a")
        index.record([standing("b", 9, version=7)])
        index.forget("b")
        index.record([standing("b", 5)])
        rebuild.add([standing("a", 1), standing("b", 9, version=7), standing("c", 2)])
        rebuild.finish()
    assert order(index) == ["b", "c"]
    assert index.stray_members() == 0


def test_a_rebuild_may_be_finished_twice(index: RankIndex) -> None:
    with RankRebuild() as rebuild:
        rebuild.add([standing("a", 1)])
        rebuild.finish()
        rebuild.finish()
    assert order(index) == ["a"]


def seconds_to_live(key: str) -> int:
    return int(redis.execute("TTL", key))


def test_a_killed_rebuild_leaves_nothing_for_long(index: RankIndex) -> None:
    with RankRebuild() as rebuild:
        rebuild.add([standing("a", 1)])
        for key in (KEYS.rebuild, KEYS.next_ranks, KEYS.next_members):
            assert 0 < seconds_to_live(key) <= 60
        rebuild.finish()
    for key in (KEYS.ranks, KEYS.members, KEYS.ready):
        assert seconds_to_live(key) == -1


def test_what_was_loaded_lives_on_while_changes_are_taken_in(index: RankIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.rank_rebuild.USERS_A_CALL", 1)
    lives: list[int] = []
    apply_changes = RankRebuild._apply_changes

    def watched(rebuild: RankRebuild, generation: int) -> int:
        lives.append(seconds_to_live(KEYS.next_ranks))
        return apply_changes(rebuild, generation)

    with RankRebuild() as rebuild:
        rebuild.add([standing("a", 1)])
        for name in "bc":
            index.record([standing(name, 2)])
        redis.expire(KEYS.next_ranks, 5)
        monkeypatch.setattr(RankRebuild, "_apply_changes", watched)
        rebuild.finish()
    assert lives[0] <= 5 < lives[1]


def test_a_rebuild_that_hangs_is_given_up(index: RankIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.rank_rebuild.REBUILD_EXPIRES_SECONDS", 1)
    monkeypatch.setattr("leaderboard.rank_rebuild.LONGEST_WAIT_SECONDS", 0)
    with RankRebuild() as rebuild:
        wait_for(lambda: not redis.exists(KEYS.rebuild))
        with pytest.raises(RebuildLost):
            rebuild.add([standing("a", 1)])


def test_a_rebuild_that_waits_for_its_first_user_stays_marked(
    index: RankIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.rank_rebuild.REBUILD_EXPIRES_SECONDS", 1)
    with RankRebuild() as rebuild:
        time.sleep(1.5)
        rebuild.add([standing("a", 1)])
        rebuild.finish()
    assert order(index) == ["a"]


def test_a_rebuild_that_ends_early_leaves_the_index_as_it_was(index: RankIndex) -> None:
    index.record([standing("a", 1)])
    with RankRebuild() as rebuild:
        rebuild.add([standing("b", 2)])
    assert order(index) == ["a"]


def test_two_rebuilds_at_once_are_refused_and_a_flush_ends_one(index: RankIndex, valkey: Valkey) -> None:
    with RankRebuild() as first:
        with pytest.raises(RebuildBusy), RankRebuild():
            pass
        valkey.flush()
        with pytest.raises(RebuildLost):
            first.add([standing("a", 1)])
        with pytest.raises(RebuildLost):
            first.finish()


MOMENTS = itertools.count(1)
# A user id with the points of an action, or with None if the user is forgotten.
CHANGES = st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(-3, 3)), max_size=25)


def play(index: RankIndex, truth: dict[str, Standing], changes: list[tuple[str, int | None]]) -> None:
    """Apply the changes to `truth` and to the index, as the write path does after each commit."""
    for user_id, points in changes:
        if points is None:
            truth.pop(user_id, None)
            index.forget(user_id)
            continue
        before = truth.get(user_id)
        score, version = (before.score, before.version) if before else (0, 0)
        truth[user_id] = standing(user_id, score + points, later=next(MOMENTS), version=version + 1)
        index.record([truth[user_id]])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=CHANGES, during=CHANGES, later=CHANGES, batch=st.integers(1, 4))
def test_whatever_comes_before_during_and_after_the_loading_the_order_is_right(
    index: RankIndex,
    before: list[tuple[str, int | None]],
    during: list[tuple[str, int | None]],
    later: list[tuple[str, int | None]],
    batch: int,
) -> None:
    truth: dict[str, Standing] = {}
    for user_id in "abcdef":
        index.forget(user_id)
    play(index, truth, before)
    with patch("leaderboard.rank_rebuild.USERS_A_CALL", batch), RankRebuild() as rebuild:
        snapshot = list(truth.values())
        play(index, truth, during)
        rebuild.add(snapshot)
        play(index, truth, later)
        rebuild.finish()
    assert order(index) == [
        found.user_id for found in sorted(truth.values(), key=lambda one: (-one.score, one.moved_at))
    ]
    assert index.differing(list(truth.values())) == []
    assert (index.size(), index.stray_members()) == (len(truth), 0)
