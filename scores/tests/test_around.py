"""`GET /scoreboard/around/{userId}`, `GET /users/{userId}/scores`: exact ranks from the index and from SQL."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db.models import Max
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.stores import empty_stores
from scoreboard_project.testing.threads import in_threads, started
from scores.models import BOARD_ORDER, UserScore
from scores.ranks.rebuild import rebuild_rank_index
from scores.selectors.boards import read_board_page
from scores.selectors.users import AroundOf, StandingOf


@contextmanager
def without_redis() -> Iterator[None]:
    """As if Redis had just failed."""
    redis.breaker.next_try_at = float("inf")
    try:
        yield
    finally:
        redis.breaker.next_try_at = 0.0


@pytest.fixture
def players(game: Game) -> list[Player]:
    """Twenty users with the same score, in the order in which they reached it."""
    found = crowd(20)
    for player in found:
        player.act()
    return found


def ids(game: Game, user_id: str, radius: int | str = 2) -> list[str]:
    rows = game.get(f"scoreboard/around/{user_id}?radius={radius}").data["leaderboard"]
    return [row["userId"].removeprefix("crowd-0") for row in rows]


def test_the_middle_has_neighbours_on_both_sides(game: Game, players: list[Player]) -> None:
    found = game.get("scoreboard/around/crowd-010?radius=2").data
    assert (found["rank"], found["total"], found["radius"]) == (10, 20, 2)
    assert [row["rank"] for row in found["leaderboard"]] == [8, 9, 10, 11, 12]
    assert ids(game, "crowd-010") == ["08", "09", "10", "11", "12"]


def test_the_top_and_the_bottom_have_them_on_one(game: Game, players: list[Player]) -> None:
    assert ids(game, "crowd-001") == ["01", "02", "03"]
    assert ids(game, "crowd-020") == ["18", "19", "20"]


def test_five_on_each_side_unless_said_otherwise(game: Game, players: list[Player]) -> None:
    assert len(game.get("scoreboard/around/crowd-010").data["leaderboard"]) == 11


@pytest.mark.parametrize("radius", ["0", "-1", "51", "1e1", "x", "", "٣", "1" + "0" * 20, "1&radius=2"])
def test_a_radius_out_of_range_is_refused(game: Game, players: list[Player], radius: str) -> None:
    assert game.get(f"scoreboard/around/crowd-010?radius={radius}").failed_with(400, "INVALID_LIMIT")


@pytest.mark.parametrize("path", ["scoreboard/around/nobody", "users/nobody/scores", "users/nobody/scores/daily"])
def test_an_unknown_user_is_said_to_be_one(game: Game, players: list[Player], path: str) -> None:
    assert game.get(path).failed_with(404, "USER_NOT_FOUND")


def test_a_player_has_a_percentile_and_an_average(game: Game, players: list[Player]) -> None:
    players[4].act("BOSS_DEFEAT")
    found = game.get("users/crowd-005/scores").data
    assert (found["rank"], found["percentile"], found["averageScorePerAction"]) == (1, 100.0, 575.0)
    assert game.get("users/crowd-020/scores").data["percentile"] == 5.0


def test_days_are_utc_and_those_without_actions_have_zeros(game: Game, players: list[Player]) -> None:
    days = game.get("users/crowd-001/scores/daily?days=3").data["days"]
    assert [(day["score"], day["actions"]) for day in days] == [(0, 0), (0, 0), (150, 1)]
    assert len(game.get("users/crowd-001/scores/daily").data["days"]) == 90


@pytest.mark.parametrize("days", ["0", "366", "-1", "x", "", "1.5"])
def test_a_number_of_days_out_of_range_is_refused(game: Game, players: list[Player], days: str) -> None:
    assert game.get(f"users/crowd-001/scores/daily?days={days}").failed_with(400, "INVALID_LIMIT")


rows = st.lists(
    st.tuples(st.text("abAB:é", min_size=1, max_size=4), st.integers(-2, 2), st.integers(0, 2)),
    unique_by=lambda row: row[0],
    min_size=1,
    max_size=25,
)


@given(rows=rows, radius=st.integers(1, 6))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_index_and_sql_agree_on_any_board(scoreboard: None, rows: list[tuple[str, int, int]], radius: int) -> None:
    empty_stores()
    Player("first", "First").act()
    base = UserScore.objects.aggregate(moment=Max("last_updated"))["moment"]
    UserScore.objects.bulk_create(
        UserScore(
            user_id=user_id,
            username=user_id,
            current_score=score,
            last_updated=base.replace(microsecond=later),
            created_at=base,
        )
        for user_id, score, later in rows
    )
    rebuild_rank_index()
    order = list(UserScore.objects.order_by(*BOARD_ORDER).values_list("user_id", flat=True))
    for rank, user_id in enumerate(order, start=1):
        by_index = (AroundOf(user_id, radius).ask(), StandingOf(user_id).ask())
        with without_redis():
            assert (AroundOf(user_id, radius).ask(), StandingOf(user_id).ask()) == by_index
        assert by_index[1].rank == rank
        assert [row.user_id for row in by_index[0].rows] == order[max(0, rank - 1 - radius) : rank + radius]


def test_a_page_never_shows_a_user_twice_while_scores_move(scoreboard: None) -> None:
    players = crowd(160)
    in_threads(Player.act, players, threads=4)
    dice = random.Random(1)
    moves = started(lambda: [dice.choice(players).act("BOSS_DEFEAT") for _ in range(400)])
    for _ in range(150):
        page = [row.user_id for row in run(read_board_page(limit=50, offset=80)).rows]
        assert len(set(page)) == len(page) == 50
        around = [row.user_id for row in AroundOf("crowd-080", 50).ask().rows]
        assert len(set(around)) == len(around)
    moves()
