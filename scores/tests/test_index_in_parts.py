"""Parts of the index are gone, junk or someone else's: it is not believed from the next look on, and built anew."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings

from leaderboard.board_keys import BoardKeys
from leaderboard.rank_belief import rank_belief
from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RankRebuild
from leaderboard.tests.standings import standing
from leaderboard.types import Standing
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player, crowd
from scoreboard_project.testing.game import Game
from scores.models import UserScore
from scores.operations.erasure import erase_user
from scores.ranks.drift import check_rank_index
from scores.ranks.reconcile import reconcile_rank_index
from scores.ranks.watch import watch_once
from scores.services.apply import apply_score_actions

KEYS = BoardKeys()


@pytest.fixture(autouse=True)
def often(settings: Settings) -> None:
    """Each look is this process's turn."""
    settings.RECONCILE_SECONDS = 0.001


@pytest.fixture
def players(game: Game) -> Iterator[list[Player]]:
    """Ana before Bob, before a hundred and ten others; the index was looked through."""
    found = [ANA, BOB, *crowd(110)]
    ANA.act("BOSS_DEFEAT")
    BOB.act("CHALLENGE_WIN")
    apply_score_actions([player.action("DAILY_BONUS") for player in found[2:]])
    game.board()
    watch_once()
    assert rank_belief.reason == ""
    yield found
    assert check_rank_index().is_clean


def member_of(user_id: str) -> bytes:
    kept = redis.hmget(KEYS.members, [user_id])[0]
    assert kept
    return kept[:16] + b":" + user_id.encode()


def lose_a_user() -> None:
    redis.execute("ZREM", KEYS.ranks, member_of("crowd-007"))
    redis.hdel(KEYS.members, "crowd-007")


def swap_a_user_for_a_ghost() -> None:
    lose_a_user()
    redis.hset(KEYS.members, {"ghost": "1700000000000000:1"})
    redis.execute("ZADD", KEYS.ranks, -700, "1700000000000000:ghost")


def build_another_database() -> None:
    """As another installation with the same prefix does."""
    rank_belief.identity = "0123456789abcdef"
    with RankRebuild() as rebuild:
        rebuild.add([standing("stranger", 10**6), standing("ana", 5)])
        rebuild.finish()


LOSSES: dict[str, Callable[[], object]] = {
    "ranks": lambda: redis.delete(KEYS.ranks),
    "members": lambda: redis.delete(KEYS.members),
    "both": lambda: redis.delete(KEYS.ranks, KEYS.members),
    "a member": lambda: redis.hdel(KEYS.members, "ana"),
    "a rank": lambda: redis.execute("ZREM", KEYS.ranks, member_of("ana")),
    "a user": lose_a_user,
    "ready": lambda: redis.delete(KEYS.ready),
    "built": lambda: redis.delete(KEYS.built),
    "the mark": lambda: redis.delete(KEYS.reconciled),
    "everything": lambda: redis.execute("FLUSHDB"),
    "ranks by text": lambda: redis.set(KEYS.ranks, "junk"),
    "members by a list": lambda: (redis.delete(KEYS.members), redis.execute("RPUSH", KEYS.members, "junk")),
    "a score": lambda: redis.execute("ZADD", KEYS.ranks, 77, member_of("ana")),
    "a ghost": lambda: redis.hset(KEYS.members, {"ghost": "1700000000000000:1"}),
    "a rank of nobody": lambda: redis.execute("ZADD", KEYS.ranks, -(10**6), "junk"),
    "a ghost for a user": swap_a_user_for_a_ghost,
    "an id that is not text": lambda: redis.execute("HSET", KEYS.members, b"\xff\xfe", "junk"),
    "the ranks of another database": build_another_database,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_from_the_next_look_on_every_answer_is_true_and_the_index_is_whole(
    game: Game, players: list[Player], loss: str
) -> None:
    LOSSES[loss]()
    watch_once()
    assert check_rank_index().is_clean
    assert rank_belief.reason == ""
    assert game.update(CAROL, {"actionType": "DAILY_BONUS"}).data["newRank"] == 113
    assert game.get("users/bob/scores").data["rank"] == 2
    page = game.get("scoreboard?limit=100&offset=1").data
    assert [row["userId"] for row in page["leaderboard"]][:2] == ["bob", "crowd-001"]
    assert page["pagination"]["total"] == 113


@pytest.mark.parametrize("loss", LOSSES)
def test_before_the_next_look_nothing_fails(game: Game, players: list[Player], loss: str) -> None:
    LOSSES[loss]()
    assert game.update(CAROL, {"actionType": "DAILY_BONUS"}).status == 200
    for path in ("users/bob/scores", "scoreboard/around/bob?radius=50", "scoreboard?limit=100&offset=1", "scoreboard"):
        assert game.get(path).status == 200
    watch_once()


CONTROL_KEYS = ["ready", "built", "doubts", "generation", "rebuild", "reconciling", "reconciled", "next_changes"]


@pytest.mark.parametrize("key", CONTROL_KEYS)
@pytest.mark.parametrize("kind", ["text", "list"])
def test_junk_in_any_key_keeps_nobody_from_being_right(game: Game, players: list[Player], key: str, kind: str) -> None:
    name = getattr(KEYS, key)
    redis.delete(name)
    redis.execute(*(("SET", name, "junk") if kind == "text" else ("RPUSH", name, "junk")))
    assert game.update(BOB, {"actionType": "BOSS_DEFEAT"}).data["newRank"] == 1
    watch_once()
    watch_once()
    assert rank_belief.reason == ""
    assert game.update(CAROL, {"actionType": "BOSS_DEFEAT"}).data["newRank"] == 3
    assert [row["userId"] for row in game.board(limit=3)] == ["bob", "ana", "carol"]
    assert RankIndex().ranks_of(["carol"]) == {"carol": 3}


def test_a_lock_of_a_cached_board_that_never_ends_is_junk(game: Game, players: list[Player]) -> None:
    redis.set(KEYS.loading(10), "junk")
    game.update(BOB)
    game.board()
    assert redis.exists(KEYS.leaderboard(10))


def test_another_installation_with_the_same_prefix_sees_none_of_our_ranks(game: Game, players: list[Player]) -> None:
    own = rank_belief.identity
    build_another_database()
    theirs = rank_belief.identity
    rank_belief.identity = own
    assert game.get("users/bob/scores").data["rank"] == 2
    assert game.update(BOB, {"actionType": "BOSS_DEFEAT"}).data["newRank"] == 1
    assert "stranger" not in str(game.board(limit=100))
    rank_belief.identity = theirs
    rank_belief.note_written(rank_belief.doubts)
    assert RankIndex().kept(["bob"]) == {"bob": None}
    rank_belief.identity = own
    watch_once()
    assert rank_belief.reason == ""


def test_a_pass_over_a_whole_index_heals_nobody_and_leaves_it_ready(game: Game, players: list[Player]) -> None:
    built = redis.get(KEYS.built)
    assert reconcile_rank_index() == 0
    assert redis.get(KEYS.built) == built
    assert RankIndex().is_ready()


def test_an_entry_that_is_put_right_is_counted_once(game: Game, players: list[Player]) -> None:
    redis.hset(KEYS.members, {"ana": "1700000000000000:1"})
    redis.execute("ZADD", KEYS.ranks, -5, "1700000000000000:ana")
    redis.execute("ZREM", KEYS.ranks, f"{to_digits('ana')}:ana")
    assert reconcile_rank_index() == 1
    assert reconcile_rank_index() == 0


def to_digits(user_id: str) -> str:
    moved = UserScore.objects.get(user_id=user_id).last_updated
    return f"{int(moved.timestamp()):010d}{moved.microsecond:06d}"


def test_an_erased_user_whom_redis_kept_is_found(game: Game, players: list[Player]) -> None:
    kept = redis.hmget(KEYS.members, ["ana"])[0]
    erased, _ = erase_user("ana")
    # As if the step that forgets had not reached Redis.
    redis.execute("ZREM", KEYS.ranks, member_of(erased))
    redis.hdel(KEYS.members, erased)
    RankIndex().correct([(Standing("ana", 1000, int(str(kept, "ascii")[:16]), 1), None)])  # type: ignore[arg-type]
    watch_once()
    assert RankIndex().ranks_of(["ana", erased]) == {erased: 1}
