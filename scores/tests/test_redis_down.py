"""Redis stopped, hanging or flushed: every answer stays right, and the ranks are corrected when Redis is back."""

from collections.abc import Callable, Iterator

import pytest

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.postgres.statement import Statement
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.waiting import redis_answers, wait_for
from scores.models import ScoreEvent, UserScore
from scores.ranks.drift import check_rank_index
from scores.ranks.reconcile import reconcile_rank_index
from scores.services import rank_changes

pytestmark = pytest.mark.faults

Trouble = Callable[[Valkey], None]


@pytest.fixture(params=[Valkey.stop, Valkey.pause], ids=["stopped", "hung"])
def broken_redis(request: pytest.FixtureRequest, game: Game, bob: Player, mortal_valkey: Valkey) -> Iterator[Valkey]:
    """Redis stopped or hanging, after Bob has scored 150."""
    game.update(bob)
    trouble: Trouble = request.param
    trouble(mortal_valkey)
    yield mortal_valkey
    mortal_valkey.restore()


def heal(valkey: Valkey) -> None:
    valkey.restore()
    wait_for(redis_answers)
    reconcile_rank_index()


def test_an_action_counts_and_knows_its_rank(broken_redis: Valkey, game: Game, ana: Player) -> None:
    first = game.update(ana, {"actionType": "DAILY_BONUS"}).data
    assert (first["newScore"], first["previousRank"], first["newRank"]) == (50, None, 2)
    second = game.update(ana, {"actionType": "BOSS_DEFEAT"}).data
    assert (second["newScore"], second["previousRank"], second["newRank"]) == (1050, 2, 1)


def test_an_action_whose_count_takes_too_long_has_no_rank(
    broken_redis: Valkey, game: Game, ana: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_for_long(_: object, *, longest_ms: int) -> Flow[list[str]]:
        return (yield from Statement("SELECT pg_sleep(60)", str, {}, longest_ms=longest_ms))

    monkeypatch.setattr(rank_changes, "ranks_by_sql", count_for_long)
    answer = game.update(ana, {"actionType": "DAILY_BONUS"}).data
    assert (answer["newScore"], answer["previousRank"], answer["newRank"]) == (50, None, None)
    monkeypatch.undo()
    assert game.update(ana, {"actionType": "DAILY_BONUS"}).data["newRank"] == 2


def test_a_duplicate_is_still_one(broken_redis: Valkey, game: Game, ana: Player) -> None:
    game.update(ana, x_request_id="r1")
    again = game.update(ana, x_request_id="r1")
    assert again.failed_with(409, "DUPLICATE_REQUEST")
    assert again.error["details"]["originalResult"]["newRank"] == 2
    assert ScoreEvent.objects.filter(user_id="ana").count() == 1


def test_every_read_shows_the_truth(broken_redis: Valkey, game: Game, ana: Player) -> None:
    game.update(ana, {"actionType": "BOSS_DEFEAT"})
    assert [row["userId"] for row in game.board()] == ["ana", "bob"]
    assert [row["userId"] for row in game.board(limit=100, offset=1)] == ["bob"]
    assert game.get("scoreboard").data["pagination"]["total"] == 2
    assert game.get("users/bob/scores").data["rank"] == 2
    around = game.get("scoreboard/around/ana?radius=1").data
    assert [row["userId"] for row in around["leaderboard"]] == ["ana", "bob"]
    assert game.get("users/ana/scores/history", ana).data["pagination"]["total"] == 1
    assert game.get("users/ana/scores/daily?days=1").data["days"][0]["score"] == 1000
    assert game.get("action-types").status == 200


def test_several_actions_at_once_know_their_ranks(broken_redis: Valkey, game: Game) -> None:
    """As with Redis: the ranks before and after all of them."""
    players = crowd(3)
    bonus = [{"userId": player.user_id, "requestId": "r1", "actionType": "DAILY_BONUS"} for player in players]
    game.batch(bonus)
    again = [{**bonus[1], "requestId": "r2"}, {**bonus[1], "requestId": "r3"}, {**bonus[2], "requestId": "r2"}]
    results = game.batch(again).data["results"]
    ranks = [(result["newScore"], result["previousRank"], result["newRank"]) for result in results]
    assert ranks == [(100, 3, 2), (150, 3, 2), (100, 4, 3)]


def test_a_large_batch_counts_without_ranks(broken_redis: Valkey, game: Game) -> None:
    items = [{"userId": player.user_id, "requestId": "r1", "actionType": "DAILY_BONUS"} for player in crowd(129)]
    results = game.batch(items).data["results"]
    assert {(result["status"], result["newScore"], result["newRank"]) for result in results} == {("applied", 50, None)}


def test_only_a_ticket_cannot_be_had(broken_redis: Valkey, game: Game, ana: Player) -> None:
    answer = game.send("POST", "live/ticket", headers=ana.bearer())
    assert answer.failed_with(503, "CACHE_UNAVAILABLE")
    assert answer.headers["Retry-After"]


def test_the_index_heals_when_it_is_back(broken_redis: Valkey, game: Game, ana: Player) -> None:
    game.update(ana, {"actionType": "BOSS_DEFEAT"})
    heal(broken_redis)
    assert check_rank_index().is_clean
    assert [row["userId"] for row in game.board()] == ["ana", "bob"]


def test_nothing_wrong_is_shown_after_a_flush(game: Game, ana: Player, bob: Player, mortal_valkey: Valkey) -> None:
    game.update(ana)
    game.update(bob, {"actionType": "BOSS_DEFEAT"})
    game.board()
    mortal_valkey.flush()
    assert [row["userId"] for row in game.board()] == ["bob", "ana"]
    assert game.get("scoreboard").data["pagination"]["total"] == 2
    assert game.get("users/ana/scores").data["rank"] == 2
    change = game.update(ana, {"actionType": "BOSS_DEFEAT"}).data
    assert (change["previousRank"], change["newRank"]) == (2, 1)
    assert [row["userId"] for row in game.board()] == ["ana", "bob"]
    reconcile_rank_index()
    assert check_rank_index().is_clean


def test_an_update_that_redis_lost_is_healed_by_the_next_pass(
    game: Game, ana: Player, bob: Player, mortal_valkey: Valkey
) -> None:
    game.update(ana)
    game.update(bob)
    reconcile_rank_index()
    redis.breaker.next_try_at = float("inf")
    game.update(bob, {"actionType": "BOSS_DEFEAT"})
    redis.breaker.next_try_at = 0.0
    assert check_rank_index().wrong == ["bob"]
    assert reconcile_rank_index() == 1
    assert check_rank_index().is_clean
    assert [row["userId"] for row in game.board()] == ["bob", "ana"]
    assert UserScore.objects.get(user_id="bob").current_score == 1150
