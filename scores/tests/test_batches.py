"""`apply_score_actions` with many actions: each counts once, a refused one fails alone, and batches do not deadlock."""

import random

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from action_types.models import ActionType
from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.threads import in_threads
from scores.models import MAX_SCORE, ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index
from scores.ranks.rebuild import rebuild_rank_index
from scores.services.actions import RecordedAction, ScoreActionResult
from scores.services.apply import apply_score_actions


def set_value(action_type: str, value: int) -> None:
    """Set what an action is worth from now on."""
    ActionType.objects.filter(action_type=action_type).update(score_value=value)


def recorded_fields(result: ScoreActionResult) -> list[object]:
    """The recorded fields of a result, which a new action and its replay share."""
    assert result.recorded is not None
    return [getattr(result.recorded, name) for name in RecordedAction.__struct_fields__]


def test_results_come_in_the_order_of_the_actions(scoreboard: None, ana: Player, bob: Player) -> None:
    actions = [
        bob.action("BOSS_DEFEAT", request_id="r1"),
        ana.action("LEVEL_COMPLETE", request_id="r1"),
        ana.action("NOPE", request_id="r2"),
        bob.action("BOSS_DEFEAT", request_id="r1"),
        ana.action("DAILY_BONUS", request_id="r3"),
    ]
    results = apply_score_actions(actions)
    assert [result.recorded.new_score if result.recorded else None for result in results] == [
        1000,
        150,
        None,
        1000,
        200,
    ]
    assert [result.is_replay for result in results] == [False, False, False, True, False]
    assert results[2].error is not None
    assert results[2].error.code == "INVALID_ACTION_TYPE"
    assert recorded_fields(results[3]) == recorded_fields(results[0])
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == 3


def test_an_id_that_was_refused_may_be_used_further_on(scoreboard: None, ana: Player) -> None:
    refused, applied = apply_score_actions([ana.action("NOPE", request_id="r1"), ana.action(request_id="r1")])
    assert refused.error is not None
    assert refused.error.code == "INVALID_ACTION_TYPE"
    assert applied.recorded is not None
    assert not applied.is_replay


def test_an_empty_batch_is_no_trouble(scoreboard: None) -> None:
    assert apply_score_actions([]) == []


def test_it_refuses_to_run_within_a_transaction(scoreboard: None, ana: Player) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"), transaction.atomic():
        ana.act()
    assert not UserScore.objects.exists()


def test_each_event_knows_the_score_after_it(scoreboard: None, ana: Player) -> None:
    set_value("DAILY_BONUS", -20)
    kinds = ["BOSS_DEFEAT", "DAILY_BONUS", "LEVEL_COMPLETE"]
    results = apply_score_actions([ana.action(kind) for kind in kinds])
    assert [result.recorded.new_score for result in results if result.recorded] == [1000, 980, 1130]
    assert UserScore.objects.get().current_score == 1130


def test_the_last_name_of_a_batch_wins(scoreboard: None, ana: Player) -> None:
    apply_score_actions([ana.action(username="One"), ana.action(username="Two")])
    assert UserScore.objects.get().username == "Two"


def test_ranks_around_a_batch_are_those_before_and_after_it(scoreboard: None, ana: Player, bob: Player) -> None:
    bob.act("BOSS_DEFEAT")
    ana.act()
    results = apply_score_actions([ana.action("BOSS_DEFEAT"), bob.action("DAILY_BONUS")])
    assert [(result.previous_rank, result.new_rank) for result in results] == [(2, 1), (1, 2)]


def test_an_item_that_leaves_the_score_range_fails_alone(scoreboard: None, ana: Player, bob: Player) -> None:
    ana.act()
    UserScore.objects.update(current_score=MAX_SCORE - 160)
    results = apply_score_actions([ana.action(request_id="a"), bob.action(), ana.action(request_id="b")])
    assert [result.error.details if result.error else None for result in results] == [
        None,
        None,
        {"rule": "score_range"},
    ]
    assert UserScore.objects.get(user_id="ana").current_score == MAX_SCORE - 10
    assert not ScoreRequest.objects.filter(request_id="b").exists()
    assert check_rank_index().is_clean


def test_a_score_may_not_leave_the_range_on_its_way_either(scoreboard: None, ana: Player) -> None:
    ana.act()
    UserScore.objects.update(current_score=MAX_SCORE - 160)
    set_value("DAILY_BONUS", -1000)
    results = apply_score_actions([ana.action(), ana.action(), ana.action("DAILY_BONUS")])
    assert [result.error is None for result in results] == [True, False, True]
    assert UserScore.objects.get().current_score == MAX_SCORE - 1010
    assert max(ScoreEvent.objects.values_list("score_after", flat=True)) <= MAX_SCORE


def test_replays_and_refusals_within_a_batch_that_leaves_the_range(scoreboard: None, ana: Player, bob: Player) -> None:
    first = ana.act(request_id="a")
    UserScore.objects.update(current_score=MAX_SCORE)
    actions = [ana.action(request_id="a"), ana.action(), bob.action("NOPE"), bob.action(request_id="x")]
    replay, refused, unknown, fine = apply_score_actions([*actions])
    assert replay.is_replay
    assert recorded_fields(replay) == recorded_fields(first)
    assert refused.error is not None
    assert unknown.error is not None
    assert (refused.error.code, unknown.error.code) == ("ACTION_NOT_ALLOWED", "INVALID_ACTION_TYPE")
    assert fine.recorded is not None
    assert fine.recorded.new_score == 150


@pytest.mark.parametrize("at_the_end_of_the_range", [False, True])
def test_batches_over_the_same_users_in_opposite_orders_all_succeed(
    scoreboard: None, at_the_end_of_the_range: bool
) -> None:
    players = crowd(20)
    apply_score_actions([player.action() for player in players])
    if at_the_end_of_the_range:
        # One action of each batch is refused, so that the whole batch is applied action by action.
        UserScore.objects.filter(user_id="crowd-020").update(current_score=MAX_SCORE)
        rebuild_rank_index()

    def send(number: int) -> int:
        order = players if number % 2 else players[::-1]
        actions = [player.action("DAILY_BONUS", request_id=f"{number // 2}-{player.user_id}") for player in order]
        return sum(bool(result.recorded) for result in apply_score_actions(actions))

    counts = in_threads(send, range(40), threads=8)
    moving = 19 if at_the_end_of_the_range else 20
    assert counts == [moving] * 40
    scores = UserScore.objects.exclude(current_score=MAX_SCORE).values_list("current_score", flat=True)
    assert set(scores) == {150 + 20 * 50}
    assert check_rank_index().is_clean


def test_random_batches_in_parallel_keep_score_equal_to_the_sum_of_events(scoreboard: None) -> None:
    players, dice = crowd(8), random.Random(7)
    set_value("STREAK_BONUS", -70)
    set_value("PERFECT_SCORE", 0)
    kinds = ["STREAK_BONUS", "PERFECT_SCORE", "DAILY_BONUS", "BOSS_DEFEAT", "NOPE"]
    batches = [
        [dice.choice(players).action(dice.choice(kinds), request_id=f"r{dice.randrange(150)}") for _ in range(25)]
        for _ in range(40)
    ]
    in_threads(apply_score_actions, batches, threads=8)
    for user in UserScore.objects.all():
        events = ScoreEvent.objects.filter(user_id=user.user_id)
        assert user.current_score == events.aggregate(total=Sum("score_increment"))["total"]
        assert user.total_actions == events.count()
        assert events.values("request_id").distinct().count() == events.count()
        assert user.last_updated >= user.created_at
    assert ScoreRequest.objects.count() == ScoreEvent.objects.count()
    assert check_rank_index().is_clean


def test_the_chain_of_scores_after_has_no_gap(scoreboard: None, ana: Player) -> None:
    in_threads(lambda _: ana.act(), range(60), threads=12)
    with connection.cursor() as cursor:
        cursor.execute("SELECT score_after FROM score_events ORDER BY score_after")
        assert [score for (score,) in cursor.fetchall()] == [150 * number for number in range(1, 61)]
