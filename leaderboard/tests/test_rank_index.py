"""The rank index by itself: one order, late writes ignored, boards dropped by the better of two ranks."""

import time
from datetime import UTC, datetime

import pytest

from leaderboard.keys import BOARD_LIMITS, BoardKeys
from leaderboard.rank_index import RankIndex, RankIndexNotReady
from leaderboard.rank_rebuild import RankRebuild, RebuildBusy, RebuildLost
from leaderboard.types import RankChange, Standing, to_microseconds
from scoreboard_project.api.redis_guard import guard
from scoreboard_project.embedded.valkey import Valkey

NOON = to_microseconds(datetime(2026, 1, 1, 12, tzinfo=UTC))
KEYS = BoardKeys()


def standing(user_id: str, score: int, *, later: int = 0, actions: int = 1) -> Standing:
    return Standing(user_id, score, NOON + later, actions)


def order(index: RankIndex) -> list[str]:
    return [row.user_id for row in index.page(offset=0, limit=100)[0]]


def generation() -> bytes:
    found = guard.call(lambda client: client.get(KEYS.generation))
    assert isinstance(found, bytes)
    return found


@pytest.fixture
def index(valkey: Valkey) -> RankIndex:
    """Ready, and empty."""
    valkey.flush()
    with RankRebuild() as rebuild:
        rebuild.finish()
    return RankIndex()


def test_it_orders_by_score_then_time_then_id_bytewise(index: RankIndex) -> None:
    index.record([standing("b", 5), standing("B", 5), standing("é", 5), standing("a", 5, later=1), standing("z", 9)])
    index.record([standing("minus", -3), standing("zero", 0)])
    assert order(index) == ["z", "B", "b", "é", "a", "zero", "minus"]
    assert index.ranks_of(["a", "z", "nobody"]) == {"a": 5, "z": 1}


def test_the_largest_scores_stay_exact(index: RankIndex) -> None:
    index.record([standing("one-less", 2**53 - 1), standing("most", 2**53), standing("least", -(2**53))])
    assert [(row.user_id, row.score) for row in index.page(offset=0, limit=3)[0]] == [
        ("most", 2**53),
        ("one-less", 2**53 - 1),
        ("least", -(2**53)),
    ]


def test_it_tells_the_ranks_before_and_after(index: RankIndex) -> None:
    assert index.record([standing("a", 10), standing("b", 5)]) == {"a": RankChange(None, 1), "b": RankChange(None, 2)}
    assert index.record([standing("b", 20, actions=2)]) == {"b": RankChange(2, 1)}


def test_a_late_older_write_changes_nothing(index: RankIndex) -> None:
    index.record([standing("a", 30, later=2, actions=3)])
    assert index.record([standing("a", 20, later=1, actions=2)]) == {"a": RankChange(1, 1)}
    assert [(row.user_id, row.score) for row in index.page(offset=0, limit=9)[0]] == [("a", 30)]
    assert index.stray_members() == 0


def cached_sizes() -> list[int]:
    kept = guard.call(lambda client: client.mget([KEYS.leaderboard(size) for size in BOARD_LIMITS]))
    assert isinstance(kept, list)
    return [size for size, board in zip(BOARD_LIMITS, kept, strict=True) if board]


@pytest.mark.parametrize(("score", "kept"), [(0, [10, 25, 50, 100]), (50, [10, 25, 50]), (75, [10, 25]), (95, [])])
def test_it_drops_the_boards_that_could_show_the_change(index: RankIndex, score: int, kept: list[int]) -> None:
    index.record([standing(f"user-{number:03}", number) for number in range(1, 101)])
    guard.call(lambda client: client.mset(dict.fromkeys(KEYS.leaderboards, "x")))
    before = generation()
    index.record([standing("newcomer", score)])
    assert cached_sizes() == kept
    assert (generation() == before) == (len(kept) == 4)


def test_a_fall_drops_the_boards_that_showed_the_user(index: RankIndex) -> None:
    index.record([standing(f"user-{number:03}", number) for number in range(1, 101)])
    guard.call(lambda client: client.mset(dict.fromkeys(KEYS.leaderboards, "x")))
    index.record([standing("user-100", -5, actions=2)])
    assert cached_sizes() == []


def test_a_forgotten_user_is_nowhere(index: RankIndex) -> None:
    index.record([standing("a", 1), standing("b", 2)])
    index.forget("b")
    assert order(index) == ["a"]
    assert index.stray_members() == 0


def test_lost_it_says_so(valkey: Valkey) -> None:
    valkey.flush()
    index = RankIndex()
    for ask in (lambda: index.ranks_of(["a"]), lambda: index.page(offset=0, limit=1), lambda: index.around("a", 1)):
        with pytest.raises(RankIndexNotReady):
            ask()
    with pytest.raises(RankIndexNotReady):
        index.record([standing("a", 1)])


@pytest.mark.parametrize("recorded_first", [True, False])
def test_what_is_recorded_during_a_rebuild_wins_over_what_was_read_before_it(
    index: RankIndex, *, recorded_first: bool
) -> None:
    with RankRebuild() as rebuild:
        newer, older = standing("a", 20, later=1, actions=2), standing("a", 10)
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
        for actions in (2, 3, 4):
            index.record([standing("a", 10 * actions, later=actions, actions=actions)])
        index.record([standing("d", 35), standing("e", 4)])
        rebuild.finish()
    assert order(index) == ["a", "d", "e", "c", "b"]
    assert index.stray_members() == 0


def test_a_user_forgotten_during_a_rebuild_stays_forgotten_and_may_come_back(index: RankIndex) -> None:
    with RankRebuild() as rebuild:
        index.forget("a")
        index.record([standing("b", 9, actions=7)])
        index.forget("b")
        index.record([standing("b", 5)])
        rebuild.add([standing("a", 1), standing("b", 9, actions=7), standing("c", 2)])
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
    found = guard.call(lambda client: client.ttl(key))
    assert isinstance(found, int)
    return found


def test_a_killed_rebuild_leaves_nothing_for_long(index: RankIndex) -> None:
    with RankRebuild() as rebuild:
        rebuild.add([standing("a", 1)])
        for key in (KEYS.rebuild, KEYS.next_ranks, KEYS.next_members):
            assert 0 < seconds_to_live(key) <= 60
        rebuild.finish()
    for key in (KEYS.ranks, KEYS.members, KEYS.ready):
        assert seconds_to_live(key) == -1


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
