"""PostgreSQL was put back to an earlier state, or is another one: what it says holds, by itself."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from leaderboard.rank_belief import rank_belief
from leaderboard.rank_index import RankIndex
from scoreboard_project.testing.cast import ANA, BOB, CAROL, crowd
from scoreboard_project.testing.game import Game
from scores.models import ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index
from scores.ranks.reconcile import reconcile_rank_index
from scores.ranks.watch import watch_once
from scores.services.apply import apply_score_actions

pytestmark = pytest.mark.faults

TABLES = ("users_scores", "score_events", "score_requests")


@pytest.fixture(autouse=True)
def often(settings: Settings) -> None:
    """Each look is this process's turn."""
    settings.RECONCILE_SECONDS = 0.001


@dataclass
class Backup:
    """A copy of the tables."""

    def make(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"CREATE TABLE backup_{table} AS TABLE {table}")

    def restore(self) -> None:
        with connection.cursor() as cursor:
            for table in reversed(TABLES):
                cursor.execute(f"DELETE FROM {table}")
            for table in TABLES:
                cursor.execute(f"INSERT INTO {table} SELECT * FROM backup_{table}")

    def remove(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DROP TABLE IF EXISTS backup_{table}")


@pytest.fixture
def backup(game: Game) -> Iterator[Backup]:
    """Made when Ana had 1000 points, Bob 500, and others few; then Bob passed Ana, and Carol came."""
    ANA.act("BOSS_DEFEAT")
    BOB.act("CHALLENGE_WIN")
    apply_score_actions([player.action("DAILY_BONUS") for player in crowd(110)])
    watch_once()
    found = Backup()
    found.make()
    for _ in range(3):
        BOB.act("BOSS_DEFEAT")
    CAROL.act("BOSS_DEFEAT")
    game.board(limit=10)
    game.board(limit=100)
    yield found
    found.remove()


def look(game: Game) -> None:
    """Everything as when the backup was made."""
    standing = game.get("users/bob/scores").data
    assert (standing["rank"], standing["score"], standing["totalPlayers"]) == (2, 500, 112)
    around = game.get("scoreboard/around/ana?radius=2").data
    assert [row["userId"] for row in around["leaderboard"]] == ["ana", "bob", "crowd-001"]
    assert [row["userId"] for row in game.board(limit=3)] == ["ana", "bob", "crowd-001"]
    deep = game.get("scoreboard?limit=100&offset=1").data
    assert [row["userId"] for row in deep["leaderboard"]][:2] == ["bob", "crowd-001"]
    assert deep["pagination"]["total"] == 112


def healed() -> float:
    return REGISTRY.get_sample_value("scoreboard_rank_index_healed_total") or 0


def test_after_a_restore_the_next_look_finds_it(game: Game, backup: Backup) -> None:
    watch_once()
    backup.restore()
    before = healed()
    watch_once()
    look(game)
    assert rank_belief.reason == ""
    assert check_rank_index().is_clean
    watch_once()
    assert healed() == before


def test_it_finds_it_though_nobody_had_looked_since_the_last_write(game: Game, backup: Backup) -> None:
    backup.restore()
    watch_once()
    look(game)
    assert check_rank_index().is_clean


def test_the_first_write_after_it_already_has_its_true_rank(game: Game, backup: Backup) -> None:
    backup.restore()
    change = game.update(BOB, {"actionType": "CHALLENGE_WIN"}).data
    assert (change["newScore"], change["newRank"], change["previousRank"]) == (1000, 2, 2)
    assert game.get("users/ana/scores").data["rank"] == 1
    assert [row["userId"] for row in game.board(limit=3)] == ["ana", "bob", "crowd-001"]
    assert not RankIndex().is_ready()
    watch_once()
    assert check_rank_index().is_clean


def test_a_write_like_the_one_that_was_lost_is_not_taken_for_it(game: Game, backup: Backup) -> None:
    backup.restore()
    for _ in range(3):
        change = game.update(BOB, {"actionType": "DAILY_BONUS"}).data
    assert (change["newScore"], change["newRank"]) == (650, 2)
    watch_once()
    assert game.get("users/bob/scores").data["rank"] == 2
    assert check_rank_index().is_clean


def test_rows_changed_by_hand_are_found(game: Game, backup: Backup) -> None:
    watch_once()
    UserScore.objects.filter(user_id="crowd-050").update(current_score=5000)
    watch_once()
    assert game.get("users/crowd-050/scores").data["rank"] == 1
    assert check_rank_index().is_clean


def test_an_empty_database_behind_an_old_redis_shows_no_ghosts(game: Game, backup: Backup) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
    watch_once()
    assert game.board() == []
    assert game.get("scoreboard?limit=100&offset=5").data["pagination"]["total"] == 0
    assert game.update(CAROL).data["newRank"] == 1
    around = game.get("scoreboard/around/carol").data
    assert ([row["userId"] for row in around["leaderboard"]], around["total"]) == (["carol"], 1)


def test_a_heal_that_changes_nothing_is_not_counted(game: Game, backup: Backup) -> None:
    before = healed()
    for _ in range(3):
        watch_once()
    assert healed() == before


def test_a_user_whom_the_index_missed_is_healed_and_counted_once(game: Game, backup: Backup) -> None:
    bob = UserScore.objects.get(user_id="bob")
    RankIndex().forget("bob")
    assert bob.current_score == 3500
    assert reconcile_rank_index() == 1
    assert reconcile_rank_index() == 0


def test_a_ledger_whose_old_months_were_dropped_is_not_taken_for_a_restored_one(game: Game, backup: Backup) -> None:
    watch_once()
    built = RankIndex().state.look().built
    newest = ScoreEvent.objects.order_by("-created_at").values_list("event_id", flat=True)[:1]
    ScoreEvent.objects.exclude(event_id__in=list(newest)).delete()
    ScoreRequest.objects.all().delete()
    watch_once()
    assert RankIndex().state.look().built == built
