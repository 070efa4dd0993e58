"""Redis answers and refuses to write: what it holds is not believed, and the ranks heal when it takes writes again."""

import re
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from leaderboard.rank_belief import rank_belief
from leaderboard.rank_index import RankIndex
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.runtime.postgres.lanes import Lane
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.refusals import REFUSALS, refusing
from scores.operations.erasure import erase_user
from scores.ranks.drift import check_rank_index
from scores.ranks.watch import watch_once
from scores.services.apply import apply_score_actions
from scores.services.ledger import insert_score_actions

pytestmark = pytest.mark.faults

EVERY_REFUSAL = pytest.mark.parametrize("refusal", REFUSALS)


@pytest.fixture(autouse=True)
def often(settings: Settings) -> None:
    """Each look is this process's turn."""
    settings.RECONCILE_SECONDS = 0.001


@pytest.fixture
def players(game: Game) -> Iterator[list[Player]]:
    """Ana before Bob, before a hundred and ten others; their boards are cached."""
    found = [ANA, BOB, *crowd(110)]
    ANA.act("BOSS_DEFEAT")
    BOB.act("CHALLENGE_WIN")
    apply_score_actions([player.action("DAILY_BONUS") for player in found[2:]])
    game.board(limit=10)
    game.board(limit=100)
    yield found
    assert check_rank_index().is_clean


def believed() -> float | None:
    return REGISTRY.get_sample_value("scoreboard_rank_index_believed")


def play_and_look(game: Game) -> None:
    """Bob passes Ana and Carol comes, and every answer says so."""
    bobs = game.update(BOB, {"actionType": "BOSS_DEFEAT"}).data
    assert (bobs["newRank"], bobs["previousRank"]) == (1, 2)
    assert game.update(CAROL, {"actionType": "BOSS_DEFEAT"}).data["newRank"] == 3
    look(game)


def look(game: Game) -> None:
    standing = game.get("users/bob/scores").data
    assert (standing["rank"], standing["score"], standing["totalPlayers"]) == (1, 1500, 113)
    around = game.get("scoreboard/around/carol?radius=2").data
    assert [row["userId"] for row in around["leaderboard"]] == ["bob", "ana", "carol", "crowd-001", "crowd-002"]
    assert (around["rank"], around["total"]) == (3, 113)
    assert [row["userId"] for row in game.board(limit=3)] == ["bob", "ana", "carol"]
    assert [row["userId"] for row in game.board(limit=100)][:4] == ["bob", "ana", "carol", "crowd-001"]
    deep = game.get("scoreboard?limit=100&offset=2").data
    assert [row["userId"] for row in deep["leaderboard"]][:2] == ["carol", "crowd-001"]
    assert deep["pagination"]["total"] == 113


@EVERY_REFUSAL
def test_every_answer_is_true_while_it_lasts_and_afterwards(game: Game, players: list[Player], refusal: str) -> None:
    with refusing(refusal):
        watch_once()
        play_and_look(game)
        watch_once()
        look(game)
    watch_once()
    assert rank_belief.reason == ""
    look(game)


@EVERY_REFUSAL
def test_who_fails_to_write_believes_nothing_from_then_on(game: Game, players: list[Player], refusal: str) -> None:
    with refusing(refusal):
        play_and_look(game)
    look(game)
    watch_once()
    assert rank_belief.reason == ""
    look(game)


@pytest.mark.parametrize("refusal", [name for name in REFUSALS if name != "no GETDEL and LPOP"])
def test_who_wrote_nothing_notices_at_its_next_look(game: Game, players: list[Player], refusal: str) -> None:
    with refusing(refusal):
        # Committed by another process, which could not tell Redis.
        run(insert_score_actions([BOB.action("BOSS_DEFEAT"), CAROL.action("BOSS_DEFEAT")], Lane.WRITE))
        watch_once()
        assert believed() == 0
        look(game)
    watch_once()
    assert believed() == 1
    look(game)


def test_a_half_done_change_of_many_users_is_put_right(game: Game, players: list[Player]) -> None:
    for refusal in ("no HSET", "no ZADD"):
        with refusing(refusal):
            items = [
                {"userId": player.user_id, "requestId": refusal.replace(" ", "-"), "actionType": "LEVEL_COMPLETE"}
                for player in players
            ]
            assert {result["status"] for result in game.batch(items).data["results"]} == {"applied"}
            players[5].act("BOSS_DEFEAT")
        watch_once()
        assert check_rank_index().is_clean


def test_only_a_few_lines_are_logged_and_no_traceback(
    game: Game, players: list[Player], capture_log: list[str]
) -> None:
    with refusing("no replica"):
        for _ in range(3):
            watch_once()
            for player in players[:20]:
                player.act("DAILY_BONUS")
            game.board()
    watch_once()
    lines = [line for line in capture_log if '"level":"info"' not in line]
    assert len(lines) == 2, lines
    assert "Ranks and boards come from PostgreSQL" in lines[0]
    assert "NOREPLICAS" in lines[0]
    assert "Ranks and boards come from Redis again" in lines[1]
    assert not re.search("Traceback|exc_info", "".join(lines))


def test_readyz_says_why(game: Game, players: list[Player]) -> None:
    with refusing("no replica"):
        answer = game.send("GET", "/readyz").body
        assert answer["status"] == "degraded"
        assert answer["parts"]["redis"]["reason"] == "Redis refuses SET, INCR, EXPIRE, PERSIST, … (NOREPLICAS)"
        players[0].act("DAILY_BONUS")
    assert game.send("GET", "/readyz").body["parts"]["redis"]["reason"] == "Redis refused a change of rank (NOREPLICAS)"
    watch_once()
    assert game.send("GET", "/readyz").body["status"] == "ready"


def test_refusals_are_counted_by_a_few_codes(players: list[Player]) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("scoreboard_redis_refusals_total", {"code": "NOREPLICAS"}) or 0

    before = counted()
    with refusing("no replica"):
        players[0].act("DAILY_BONUS")
    assert counted() > before
    watch_once()


@pytest.mark.parametrize("refusal", ["no replica", "read-only", "no HSET"])
def test_a_user_erased_meanwhile_is_never_shown_again(game: Game, players: list[Player], refusal: str) -> None:
    with refusing(refusal):
        erased, redis_forgot = erase_user("ana")
        assert not redis_forgot
        assert ids_around_bob(game) == [erased, "bob", "crowd-001"]
    # Another process, which does not know yet.
    rank_belief.note_written(rank_belief.doubts)
    assert "ana" not in ids_around_bob(game)
    assert "ana" not in [row["userId"] for row in game.board(limit=100, offset=1)]
    watch_once()
    assert ids_around_bob(game) == [erased, "bob", "crowd-001"]
    assert RankIndex().ranks_of(["ana", erased]) == {erased: 1}


def test_a_full_redis_forgets_an_erased_user_all_the_same(game: Game, players: list[Player]) -> None:
    with refusing("no memory"):
        erased, redis_forgot = erase_user("ana")
        assert redis_forgot
        assert ids_around_bob(game) == [erased, "bob", "crowd-001"]


def ids_around_bob(game: Game) -> list[str]:
    return [row["userId"] for row in game.get("scoreboard/around/bob?radius=1").data["leaderboard"]]
