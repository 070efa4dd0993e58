"""Actions that arrive together share a transaction, and each has its own result."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from pytest_django.fixtures import Settings

from action_types.services import ensure_reserved_action_type
from leaderboard.rank_belief import rank_belief
from scoreboard_project.api.errors import ActionNotAllowed, InvalidActionType, RateLimitExceeded
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player, crowd
from scoreboard_project.testing.loops import run_together
from scoreboard_project.testing.servers.api_server import database_address
from scoreboard_project.testing.threads import started
from scoreboard_project.testing.waiting import wait_for
from scores.models import MAX_SCORE, OPENING_BALANCE, ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index
from scores.services.actions import ScoreAction, ScoreActionResult
from scores.services.apply import apply_score_actions
from scores.services.report import ReportedAction, report_action
from scores.tests.cuts import Cuts


@pytest.fixture(autouse=True)
def unlimited(scoreboard: None, settings: Settings) -> None:
    """An empty scoreboard; the rate limit is off."""
    settings.SCORE_UPDATES_PER_MINUTE = 0


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the groups."""
    sizes: list[int] = []
    answer_all = ReportedAction.answer_all

    def counted(asked: Sequence[ReportedAction]) -> Any:
        sizes.append(len(asked))
        return answer_all(asked)

    monkeypatch.setattr(ReportedAction, "answer_all", counted)
    return sizes


def report(*actions: ScoreAction) -> list[Any]:
    return run_together(report_action(action) for action in actions)


def scores(results: list[ScoreActionResult]) -> list[int]:
    return [result.recorded.new_score for result in results if result.recorded]


def test_actions_that_arrive_together_share_a_transaction(rounds: list[int]) -> None:
    results = report(*(player.action() for player in crowd(40)))
    assert rounds == [40]
    assert scores(results) == [150] * 40
    assert [result.new_rank for result in results] == list(range(1, 41))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM score_requests")
        assert cursor.fetchone() == (1,)
    assert check_rank_index().is_clean


def test_the_actions_of_a_user_keep_their_order() -> None:
    types = ["BOSS_DEFEAT", "DAILY_BONUS", "LEVEL_COMPLETE"] * 5
    results = report(*(ANA.action(action_type) for action_type in types))
    assert scores(results) == [1000, 1050, 1200, 2200, 2250, 2400, 3400, 3450, 3600, 4600, 4650, 4800, 5800, 5850, 6000]


def test_a_bad_action_fails_alone() -> None:
    ANA.act()
    ensure_reserved_action_type(OPENING_BALANCE, description="", category="")
    apply_score_actions([ScoreAction("bob", "Bob", "balance", OPENING_BALANCE, points=MAX_SCORE - 100)])
    fine, unknown, beyond, also_fine = report(
        ANA.action(), ANA.action("LEVEL_SKIPPED"), BOB.action("BOSS_DEFEAT"), CAROL.action()
    )
    assert scores([fine, also_fine]) == [300, 150]
    assert isinstance(unknown, InvalidActionType)
    assert isinstance(beyond, ActionNotAllowed)
    assert UserScore.objects.get(user_id="bob").current_score == MAX_SCORE - 100


def test_the_same_request_twice_in_a_group_counts_once() -> None:
    once, again = report(ANA.action(request_id="r1"), ANA.action(request_id="r1"))
    assert (once.is_replay, again.is_replay) == (False, True)
    assert once.recorded.action_id == again.recorded.action_id
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == 1


def test_the_limit_counts_within_a_group(settings: Settings) -> None:
    settings.SCORE_UPDATES_PER_MINUTE = 3
    results = report(*(ANA.action() for _ in range(5)), BOB.action())
    assert [isinstance(result, RateLimitExceeded) for result in results] == [False] * 3 + [True] * 2 + [False]
    assert UserScore.objects.get(user_id="ana").total_actions == 3


def test_a_locked_row_delays_nobody_else() -> None:
    ANA.act()
    BOB.act()
    with transaction.atomic():
        UserScore.objects.select_for_update().get(user_id="ana")
        answers = started(lambda: report(ANA.action(), *(player.action() for player in crowd(5))))
        others = started(lambda: report(BOB.action()))
        assert scores(others()) == [300]
    assert scores(answers()) == [300] + [150] * 5


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> Cuts:
    return Cuts(monkeypatch)


def test_a_connection_cut_before_the_write_fails_all_and_stores_nothing(cuts: Cuts) -> None:
    cuts.places = ["before"]
    results = report(ANA.action(), BOB.action())
    assert all(isinstance(result, OperationalError) for result in results)
    assert not ScoreRequest.objects.exists()


def test_a_session_that_postgresql_ended_is_replaced_and_the_write_repeated(cuts: Cuts) -> None:
    cuts.places = ["during"]
    results = report(ANA.action(), BOB.action())
    assert scores(results) == [150, 150]
    assert ScoreEvent.objects.count() == 2


def test_a_connection_cut_after_the_commit_fails_all_and_a_retry_finds_what_was_stored(cuts: Cuts) -> None:
    actions = [ANA.action(request_id="r1"), BOB.action(request_id="r2")]
    cuts.places = ["after"]
    assert all(isinstance(result, OperationalError) for result in report(*actions))
    again = report(*actions)
    assert [result.is_replay for result in again] == [True, True]
    assert scores(again) == [150, 150]
    assert ScoreEvent.objects.count() == 2


def test_the_next_group_has_a_new_connection(cuts: Cuts) -> None:
    cuts.places = ["before"]

    def twice(player: Player) -> Any:
        with pytest.raises(OperationalError):
            yield from report_action(player.action())
        return (yield from report_action(player.action()))

    assert scores(run_together([twice(ANA), twice(BOB)])) == [150, 150]  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["at the commit", "unnoticed"])
def test_a_connection_cut_at_the_commit_makes_the_process_doubt_the_ranks(
    cuts: Cuts, settings: Settings, place: str
) -> None:
    """Behind a transaction pooler the commit is a step of its own."""
    settings.DATABASE_TRANSACTION_POOLING = True
    cuts.places = [place]
    assert not rank_belief.is_doubted
    (result,) = report(ANA.action())
    assert isinstance(result, OperationalError)
    assert rank_belief.is_doubted


def test_a_connection_that_could_not_be_opened_leaves_the_ranks_believed(settings: Settings) -> None:
    with patch.dict(connection.settings_dict, {"HOST": "/nowhere"}):
        (result,) = report(ANA.action())
    assert isinstance(result, OperationalError)
    assert not rank_belief.is_doubted


def test_in_a_thread_too_a_session_that_postgresql_ended_is_replaced() -> None:
    ANA.act()
    with psycopg.connect(database_address()) as holder, holder.transaction():
        holder.execute("SELECT FROM users_scores WHERE user_id = 'ana' FOR UPDATE")
        answer = started(lambda: apply_score_actions([ANA.action("BOSS_DEFEAT")]))
        waiting = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ended = f"SELECT pg_terminate_backend(pid, 5000) FROM {waiting}"
        wait_for(lambda: holder.execute(ended).fetchall())
    (result,) = answer()
    assert scores([result]) == [1150]
    assert ScoreEvent.objects.count() == 2
