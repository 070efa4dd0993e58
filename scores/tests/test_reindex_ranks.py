"""`manage.py reindex_ranks`: rebuilds under traffic, compares, and reports the differences."""

import json
import threading
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leaderboard.board_keys import BoardKeys
from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RankRebuild, RebuildBusy, RebuildLost
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.threads import started
from scores.models import BOARD_ORDER, UserScore
from scores.ranks.drift import check_rank_index
from scores.ranks.rebuild import rebuild_rank_index
from scores.ranks.snapshot import write_rank_snapshot
from scores.ranks.standings import iterate_standings

KEYS = BoardKeys()


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("reindex_ranks", "--json", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def drifting() -> dict[str, Any]:
    """What `--check` prints before it exits with 1."""
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reindex_ranks", "--check", "--json", stdout=out)
    assert ended.value.code == 1
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.fixture
def players(scoreboard: None) -> list[Player]:
    """Twenty users with two different scores."""
    found = crowd(20)
    for at, player in enumerate(found):
        player.act("DAILY_BONUS" if at % 3 else "BOSS_DEFEAT")
    return found


def test_it_builds_the_index_and_writes_the_rank_column(players: list[Player]) -> None:
    redis.execute("FLUSHDB")
    assert run()["users"] == 20
    assert check_rank_index().is_clean
    ranks = list(UserScore.objects.order_by(*BOARD_ORDER).values_list("rank", flat=True))
    assert ranks == list(range(1, 21))


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_the_snapshot_counts_through_equal_scores_in_batches(
    players: list[Player], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scores.ranks.snapshot.BATCH", batch)
    UserScore.objects.filter(user_id__lt="crowd-004").update(last_updated=datetime(2026, 1, 1, tzinfo=UTC))
    assert write_rank_snapshot() == 20
    ranks = list(UserScore.objects.order_by(*BOARD_ORDER).values_list("rank", flat=True))
    assert ranks == list(range(1, 21))
    assert write_rank_snapshot() == 0


def test_the_snapshot_may_be_left_out(players: list[Player]) -> None:
    run("--no-snapshot")
    assert set(UserScore.objects.values_list("rank", flat=True)) == {None}


def test_the_check_is_silent_when_all_is_well(players: list[Player]) -> None:
    assert not run("--check")["drift"]


def test_the_check_finds_a_lost_user(players: list[Player]) -> None:
    redis.hdel(KEYS.members, "crowd-003")
    found = drifting()
    assert (found["wrong"], found["examples"]) == (1, ["crowd-003"])


def test_the_check_finds_a_wrong_score(players: list[Player]) -> None:
    UserScore.objects.filter(pk="crowd-004").update(current_score=7)
    found = drifting()
    assert (found["wrong"], found["examples"]) == (1, ["crowd-004"])


def test_the_check_finds_a_user_who_does_not_exist(players: list[Player]) -> None:
    redis.hset(KEYS.members, {"ghost": "1700000000000000:1"})
    found = drifting()
    assert (found["extra"], found["examples"]) == (1, ["ghost"])


def test_a_lost_user_hides_no_user_who_does_not_exist(players: list[Player]) -> None:
    redis.hdel(KEYS.members, "crowd-003")
    redis.hset(KEYS.members, {"ghost": "1700000000000000:1"})
    found = drifting()
    assert (found["wrong"], found["extra"]) == (1, 1)


def test_the_check_finds_an_index_that_is_not_there(players: list[Player]) -> None:
    redis.execute("FLUSHDB")
    assert drifting()["ready"] is False


def test_the_check_changes_nothing(players: list[Player]) -> None:
    redis.hdel(KEYS.members, "crowd-003")
    drifting()
    assert not check_rank_index().is_clean


def test_a_rebuild_loses_no_write_that_comes_meanwhile(players: list[Player]) -> None:
    stop = threading.Event()

    def play() -> int:
        turns = 0
        while not stop.is_set():
            players[turns % 20].act("LEVEL_COMPLETE")
            Player(f"new-{turns}", "New").act("LEVEL_COMPLETE")
            turns += 1
        return turns

    turns = started(play)
    for _ in range(15):
        rebuild_rank_index()
    stop.set()
    assert turns() > 0
    assert check_rank_index().is_clean


def test_a_rebuild_that_ends_early_leaves_the_live_index_alone(players: list[Player]) -> None:
    with RankRebuild() as rebuild:
        rebuild.add(next(iterate_standings())[:3])
    assert check_rank_index().is_clean
    assert rebuild_rank_index() == 20


def test_one_rebuild_at_a_time(players: list[Player]) -> None:
    with RankRebuild():
        with pytest.raises(RebuildBusy):
            rebuild_rank_index()
        with pytest.raises(CommandError, match="under way"):
            run()


def test_a_rebuild_that_redis_forgot_says_so(players: list[Player]) -> None:
    with RankRebuild() as rebuild:
        redis.execute("FLUSHDB")
        with pytest.raises(RebuildLost):
            rebuild.finish()
    assert not RankIndex().is_ready()


def test_without_redis_it_says_so(players: list[Player], mortal_valkey: Valkey) -> None:
    mortal_valkey.stop()
    try:
        with pytest.raises(CommandError, match="Redis is not available"):
            run()
    finally:
        mortal_valkey.start()
