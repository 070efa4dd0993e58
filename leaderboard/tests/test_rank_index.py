"""The rank index by itself: its order, late writes, and the cached boards that a change drops."""

import pytest

from leaderboard.board_keys import BOARD_LIMITS
from leaderboard.rank_flows import RankIndexNotReady
from leaderboard.rank_index import RankIndex
from leaderboard.tests.standings import KEYS, order, standing
from leaderboard.types import RankChange
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import redis


def generation() -> bytes:
    found = redis.get(KEYS.generation)
    assert found
    return found


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
    assert index.record([standing("b", 20, version=2)]) == {"b": RankChange(2, 1)}


def test_a_late_older_write_changes_nothing(index: RankIndex) -> None:
    index.record([standing("a", 30, later=2, version=3)])
    assert index.record([standing("a", 20, later=1, version=2)]) == {"a": RankChange(1, 1)}
    assert [(row.user_id, row.score) for row in index.page(offset=0, limit=9)[0]] == [("a", 30)]
    assert index.stray_members() == 0


def cached_sizes() -> list[int]:
    return [size for size in BOARD_LIMITS if redis.exists(KEYS.leaderboard(size))]


def cache_boards() -> None:
    for key in KEYS.leaderboards:
        redis.set(key, "x")


@pytest.mark.parametrize(("score", "kept"), [(0, [10, 25, 50, 100]), (50, [10, 25, 50]), (75, [10, 25]), (95, [])])
def test_it_drops_the_boards_that_could_show_the_change(index: RankIndex, score: int, kept: list[int]) -> None:
    index.record([standing(f"user-{number:03}", number) for number in range(1, 101)])
    cache_boards()
    before = generation()
    index.record([standing("newcomer", score)])
    assert cached_sizes() == kept
    assert (generation() == before) == (len(kept) == 4)


def test_a_fall_drops_the_boards_that_showed_the_user(index: RankIndex) -> None:
    index.record([standing(f"user-{number:03}", number) for number in range(1, 101)])
    cache_boards()
    index.record([standing("user-100", -5, version=2)])
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
