"""A hidden user leaves no gap and no trace anywhere, and scores go on being recorded."""

import json
from io import StringIO

import pytest

from leaderboard.rank_index import RankIndex
from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import ANA, BOB, CAROL
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.stores import close_breaker
from scores.models import UserScore
from scores.operations.erasure import erase_user
from scores.operations.exports import iterate_board, write_user
from scores.ranks.drift import check_rank_index
from scores.ranks.rebuild import rebuild_rank_index
from scores.ranks.reconcile import reconcile_rank_index
from scores.ranks.snapshot import write_rank_snapshot
from scores.ranks.standings import list_standings
from scores.trust.visibility import hide_users, show_users


@pytest.fixture(params=["with the index", "without the index"])
def three(game: Game, request: pytest.FixtureRequest) -> Game:
    """Ana is first, Bob second, Carol third. Ranks come from the index, or from PostgreSQL."""
    for player, times in ((ANA, 3), (BOB, 2), (CAROL, 1)):
        for _ in range(times):
            player.act()
    game.board()
    if request.param == "without the index":
        redis.execute("FLUSHDB")
    return game


def names(game: Game) -> list[tuple[int, str]]:
    return [(row["rank"], row["userId"]) for row in game.board()]


def test_boards_and_ranks_close_up(three: Game) -> None:
    before = three.get("scoreboard").headers["ETag"]
    assert hide_users(["ana"], reason="a cheat")
    assert names(three) == [(1, "bob"), (2, "carol")]
    page = three.get("scoreboard")
    assert page.headers["ETag"] != before
    assert page.data["pagination"]["total"] == 2
    assert three.get("scoreboard?limit=100&offset=1").data["pagination"]["total"] == 2
    bob = three.get("users/bob/scores").data
    assert (bob["rank"], bob["percentile"], bob["totalPlayers"]) == (1, 100.0, 2)
    around = three.get("scoreboard/around/bob").data
    assert [row["userId"] for row in around["leaderboard"]] == ["bob", "carol"]


def test_nobody_finds_the_user(three: Game) -> None:
    hide_users(["ana"], reason="a cheat")
    for address in ("users/ana/scores", "users/ana/scores/daily", "scoreboard/around/ana"):
        assert three.get(address).failed_with(404, "USER_NOT_FOUND")
    assert three.send("GET", "/players/ana").status == 404
    assert [row["userId"] for row in iterate_board()] == ["bob", "carol"]


def test_who_plays_on_is_recorded_without_a_rank(three: Game) -> None:
    hide_users(["ana"], reason="a cheat")
    first = three.update(ANA, **{"Idempotency-Key": "one"}).data
    again = three.update(ANA, **{"Idempotency-Key": "one"}).data
    for data in (first, again):
        assert (data["newScore"], data["newRank"], data["previousRank"]) == (600, None, None)
    assert names(three) == [(1, "bob"), (2, "carol")]
    assert three.update(CAROL).data["previousRank"] == 2
    assert three.get("users/ana/scores/history", ANA).data["pagination"]["total"] == 4
    assert RankIndex().kept(["ana"]) == {"ana": None}


def test_a_batch_keeps_the_name_of_a_hidden_user(three: Game) -> None:
    hide_users(["ana"], reason="a cheat")
    three.batch([{"userId": "ana", "requestId": "one", "actionType": "LEVEL_COMPLETE"}])
    assert UserScore.objects.get(pk="ana").username == "Ana"


def test_a_user_who_is_shown_again_is_back(three: Game) -> None:
    hide_users(["ana"], reason="a cheat")
    ANA.act()
    assert show_users(["ana"], reason="a mistake")
    assert names(three) == [(1, "ana"), (2, "bob"), (3, "carol")]
    assert three.get("users/ana/scores").data["score"] == 600


def test_twice_is_once(three: Game) -> None:
    assert hide_users(["ana"], reason="a cheat")
    assert not hide_users(["ana"], reason="a cheat")
    assert show_users(["ana"], reason="a mistake")
    assert not show_users(["ana"], reason="a mistake")


def test_the_index_agrees_through_rebuild_check_and_snapshot(three: Game) -> None:
    hide_users(["bob"], reason="a cheat")
    rebuild_rank_index()
    assert check_rank_index().is_clean
    write_rank_snapshot()
    assert dict(UserScore.objects.values_list("user_id", "rank")) == {"ana": 1, "bob": None, "carol": 2}
    assert reconcile_rank_index() == 0


def test_a_write_that_reaches_the_index_late_is_taken_out_again(game: Game) -> None:
    ANA.act()
    BOB.act()
    (late,) = list_standings(["ana"])
    hide_users(["ana"], reason="a cheat")
    RankIndex().record([late])
    assert not check_rank_index().is_clean
    assert reconcile_rank_index() == 1
    assert check_rank_index().is_clean
    assert RankIndex().ranks_of(["ana", "bob"]) == {"bob": 1}


def test_who_is_hidden_while_redis_is_down_is_out_when_it_is_back(game: Game, mortal_valkey: Valkey) -> None:
    ANA.act()
    BOB.act()
    reconcile_rank_index()
    mortal_valkey.pause()
    try:
        hide_users(["ana"], reason="a cheat")
        assert names(game) == [(1, "bob")]
    finally:
        mortal_valkey.restore()
    close_breaker()
    reconcile_rank_index()
    assert check_rank_index().is_clean
    assert names(game) == [(1, "bob")]


def test_an_erased_user_stays_hidden(game: Game) -> None:
    ANA.act()
    BOB.act()
    hide_users(["ana"], reason="a cheat")
    erase_user("ana")
    assert names(game) == [(1, "bob")]
    assert reconcile_rank_index() == 0
    assert check_rank_index().is_clean


def test_a_user_who_never_scored_cannot_be_hidden(scoreboard: None) -> None:
    with pytest.raises(UserNotFound):
        hide_users(["nobody"], reason="a cheat")


def test_the_export_of_a_user_says_what_moderators_did(game: Game) -> None:
    ANA.act()
    hide_users(["ana"], reason="a cheat")
    out = StringIO()
    write_user("ana", out)
    found = json.loads(out.getvalue())
    assert [row["is_hidden"] for row in found["moderation"]] == [True]
    assert [(row["what"], row["why"]) for row in found["audit"]] == [("user.hidden", "a cheat")]
