"""Held actions: of a type, or of a user, whose actions wait for a moderator before they count."""

from contextlib import suppress

import pytest
from django.db.models import Sum

from action_types.models import ActionType
from action_types.services import change_action_type
from scoreboard_project.api.errors import InvalidRequest, UserNotFound
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.stores import close_breaker
from scoreboard_project.testing.threads import in_threads
from scores.models import MAX_SCORE, HeldAction, ScoreEvent, UserScore
from scores.operations.erasure import erase_user
from scores.ranks.drift import check_rank_index
from scores.ranks.reconcile import reconcile_rank_index
from scores.services.apply import apply_score_actions
from scores.trust.awards import award_points
from scores.trust.quarantine import (
    HeldSelection,
    approve_held,
    hold_users,
    preview_decision,
    reject_held,
    release_users,
)
from scores.trust.visibility import hide_users, show_users

BOSS = {"actionType": "BOSS_DEFEAT"}


@pytest.fixture
def held_type(scoreboard: None) -> str:
    change_action_type("BOSS_DEFEAT", values={"hold_scores": True}, changed_by="test")
    return "BOSS_DEFEAT"


def approve(**chosen: object) -> int:
    return approve_held(HeldSelection(**chosen), reason="fair play").actions  # type: ignore[arg-type]


def shown(game: Game) -> list[tuple[str, int]]:
    return [(row["userId"], row["score"]) for row in game.board(limit=25)]


def test_an_action_of_a_held_type_is_pending_and_changes_nothing(game: Game, held_type: str) -> None:
    game.update(ANA)
    game.update(BOB)
    answer = game.update(ANA, BOSS).data
    assert (answer["status"], answer["newScore"], answer["scoreIncrement"]) == ("pending", 150, 1000)
    assert (answer["newRank"], answer["previousRank"]) == (1, 1)
    assert "status" not in game.update(ANA).data


def test_it_is_seen_nowhere(game: Game, held_type: str) -> None:
    game.update(ANA, BOSS)
    game.update(BOB)
    game.update(BOB, BOSS)
    assert shown(game) == [("bob", 150)]
    assert game.get("users/ana/scores").status == 404
    assert game.get("users/bob/scores").data["totalActions"] == 1
    assert [day["score"] for day in game.get("users/bob/scores/daily").data["days"] if day["score"]] == [150]
    history = game.get("users/bob/scores/history", BOB).data
    assert [event["scoreIncrement"] for event in history["events"]] == [150]
    assert ScoreEvent.objects.count() == 1
    assert check_rank_index().is_clean


def test_a_repeat_is_answered_as_the_first_also_after_the_approval(game: Game, held_type: str) -> None:
    first = game.update(ANA, BOSS, idempotency_key="k").data
    assert game.update(ANA, BOSS, idempotency_key="k").data == first
    approve(user_id="ana")
    again = game.update(ANA, BOSS, idempotency_key="k")
    assert (again.data["actionId"], again.data["status"], again.data["newScore"]) == (first["actionId"], "pending", 0)
    assert game.update(ANA, idempotency_key="k").failed_with(422, "IDEMPOTENCY_KEY_REUSED")


def test_an_approved_action_counts_once_with_its_own_id_and_the_value_it_had(game: Game, held_type: str) -> None:
    action_id = game.update(ANA, BOSS).data["actionId"]
    change_action_type(held_type, values={"score_value": 1, "is_active": False}, changed_by="test")
    assert approve(action_ids=[action_id]) == 1
    assert approve(action_ids=[action_id]) == 0
    event = ScoreEvent.objects.get()
    assert (event.action_id, event.action_type, event.score_increment) == (action_id, held_type, 1000)
    user = UserScore.objects.get()
    assert (user.username, user.current_score, user.total_actions) == (ANA.username, 1000, 1)
    assert shown(game) == [("ana", 1000)]


def test_it_counts_once_and_in_order_after_a_thousand_other_writes(game: Game, held_type: str) -> None:
    ids = [game.update(ANA, BOSS).data["actionId"] for _ in range(3)]
    apply_score_actions([player.action(request_id="x") for player in crowd(1000)])
    in_threads(lambda _: approve(action_type=held_type), range(4), threads=4)
    events = ScoreEvent.objects.filter(user_id="ana").order_by("created_at", "event_id")
    assert list(events.values_list("action_id", "score_after")) == list(zip(ids, (1000, 2000, 3000), strict=True))
    assert shown(game)[0] == ("ana", 3000)
    assert check_rank_index().is_clean


def test_a_rejected_action_never_counts(game: Game, held_type: str) -> None:
    game.update(ANA, BOSS)
    selection = HeldSelection(user_id="ana")
    assert (preview_decision(selection).actions, preview_decision(selection).points) == (1, 1000)
    assert reject_held(selection, reason="a cheat").points == 1000
    assert approve(user_id="ana") == 0
    assert not ScoreEvent.objects.exists()


def test_all_that_a_held_user_does_is_held_until_the_user_is_released(game: Game) -> None:
    game.update(ANA)
    game.update(BOB)
    assert hold_users(["ana"], reason="odd") == 1
    assert hold_users(["ana"], reason="odd") == 0
    assert game.update(ANA).data["status"] == "pending"
    assert "status" not in game.update(BOB).data
    assert release_users(["ana"], reason="fine") == 1
    assert game.update(ANA).data["newScore"] == 300
    assert approve(user_id="ana") == 1
    assert UserScore.objects.get(pk="ana").current_score == 450


def test_a_batch_says_of_each_action_whether_it_is_pending(game: Game, held_type: str) -> None:
    game.update(CAROL)
    hold_users(["carol"], reason="odd")
    sent = [
        {"userId": "ana", "requestId": "1", "actionType": held_type},
        {"userId": "ana", "requestId": "1", "actionType": held_type},
        {"userId": "bob", "requestId": "1", "actionType": "LEVEL_COMPLETE"},
        {"userId": "carol", "requestId": "1", "actionType": "LEVEL_COMPLETE"},
    ]
    answer = game.batch(sent)
    assert [each["status"] for each in answer.data["results"]] == ["pending", "pending", "applied", "pending"]
    assert HeldAction.objects.count() == 2


def test_held_actions_count_against_the_limits_of_their_type_once(game: Game, held_type: str) -> None:
    change_action_type(held_type, values={"max_per_minute": 2, "max_ever": 3}, changed_by="test")
    answers = [game.update(ANA, BOSS) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 422]
    assert answers[-1].error["details"]["rule"] == "maxPerMinute"
    approve(user_id="ana")
    change_action_type(held_type, values={"max_per_minute": None}, changed_by="test")
    assert [game.update(ANA, BOSS).status for _ in range(2)] == [200, 422]


def test_sums_are_exact_while_users_are_held_and_released(game: Game) -> None:
    game.update(ANA)

    def act(player: Player | None) -> None:
        for _ in range(15):
            if player:
                assert game.update(player).status == 200
                continue
            hold_users(["ana"], reason="odd")
            release_users(["ana"], reason="fine")
            approve(user_id="ana")

    in_threads(act, [ANA, ANA, BOB, None], threads=4)
    approve(user_id="ana")
    assert UserScore.objects.get(pk="ana").current_score == 31 * 150
    assert UserScore.objects.get(pk="ana").total_actions == 31
    total = ScoreEvent.objects.filter(user_id="ana").aggregate(sum=Sum("score_increment"))["sum"]
    assert total == 31 * 150
    assert check_rank_index().is_clean


def test_an_approval_that_was_interrupted_is_finished_by_the_next(game: Game, held_type: str) -> None:
    game.update(ANA, BOSS)
    HeldAction.objects.update(state="approved")
    game.update(BOB, BOSS)
    assert approve(user_id="bob") == 1
    assert {user.user_id: user.current_score for user in UserScore.objects.all()} == {"ana": 1000, "bob": 1000}


def test_holding_and_approving_while_redis_is_down_is_right_then_and_afterwards(
    game: Game, mortal_valkey: Valkey
) -> None:
    game.update(ANA)
    game.update(BOB)
    mortal_valkey.pause()
    try:
        hold_users(["bob"], reason="odd")
        answer = game.update(BOB).data
        assert (answer["status"], answer["newScore"], answer["newRank"]) == ("pending", 150, 2)
        assert shown(game) == [("ana", 150), ("bob", 150)]
        assert approve(user_id="bob") == 1
        assert shown(game) == [("bob", 300), ("ana", 150)]
    finally:
        mortal_valkey.restore()
    close_breaker()
    reconcile_rank_index()
    assert check_rank_index().is_clean
    assert shown(game) == [("bob", 300), ("ana", 150)]


def test_an_operators_correction_counts_for_a_held_user(game: Game) -> None:
    game.update(ANA)
    hold_users(["ana"], reason="odd")
    award_points("ana", 50, reason="a gift", award_id="1")
    assert UserScore.objects.get().current_score == 200


def test_each_step_is_in_the_audit(game: Game, held_type: str) -> None:
    game.update(ANA)
    hold_users(["ana"], reason="odd")
    game.update(ANA)
    approve(user_id="ana")
    game.update(ANA)
    reject_held(HeldSelection(user_id="ana"), reason="a cheat")
    release_users(["ana"], reason="fine")
    whats = AuditEntry.objects.filter(target="user:ana").order_by("pk").values_list("what", flat=True)
    assert list(whats) == ["user.held", "actions.approved", "actions.rejected", "user.released"]


def test_it_refuses_what_is_not_there(scoreboard: None) -> None:
    with pytest.raises(UserNotFound):
        hold_users(["nobody"], reason="odd")
    with pytest.raises(InvalidRequest):
        HeldSelection()
    assert ActionType.objects.filter(hold_scores=True).count() == 0


def test_an_approval_that_would_leave_the_score_range_waits_again(game: Game, held_type: str) -> None:
    ANA.act()
    game.update(ANA, BOSS)
    game.update(BOB, BOSS)
    award_points("ana", MAX_SCORE - 150, reason="a test", award_id="1")
    decided = approve_held(HeldSelection(action_type=held_type), reason="fair play")
    assert (decided.actions, decided.refused) == (2, 1)
    assert HeldAction.objects.get(state="held").user_id == "ana"
    assert UserScore.objects.get(pk="bob").current_score == 1000


def test_an_erased_user_has_nothing_held(game: Game, held_type: str) -> None:
    ANA.act()
    game.update(ANA, BOSS)
    erase_user("ana")
    assert approve(action_type=held_type) == 0
    assert game.update(ANA, BOSS).data["newScore"] == 0
    assert {user.current_score for user in UserScore.objects.all()} == {150}


def test_a_hidden_and_held_user_stays_off_the_board_when_it_is_approved(game: Game) -> None:
    ANA.act()
    BOB.act()
    hold_users(["ana"], reason="odd")
    hide_users(["ana"], reason="odd")
    answer = game.update(ANA).data
    assert (answer["status"], answer["newRank"], answer["previousRank"]) == ("pending", None, None)
    approve(user_id="ana")
    assert shown(game) == [("bob", 150)]
    show_users(["ana"], reason="fine")
    assert shown(game) == [("ana", 300), ("bob", 150)]


def test_erasing_holding_and_approving_at_once_loses_and_doubles_nothing(game: Game, held_type: str) -> None:
    def act(number: int) -> None:
        for turn in range(10):
            if number == 0:
                approve(action_type=held_type)
            elif number == 1:
                reject_held(HeldSelection(user_id="bob"), reason="a test")
            elif number == 2:
                with suppress(UserNotFound):
                    erase_user("ana")
            else:
                player = ANA if number % 2 else BOB
                assert game.update(player, BOSS, idempotency_key=f"{number}-{turn}").data["status"] == "pending"

    in_threads(act, range(7), threads=7)
    approve(action_type=held_type)
    for user in UserScore.objects.all():
        events = ScoreEvent.objects.filter(user_id=user.user_id)
        assert (user.current_score, user.total_actions) == (1000 * events.count(), events.count())
    assert ScoreEvent.objects.count() == ScoreEvent.objects.values("action_id").distinct().count()
    reconcile_rank_index()
    assert check_rank_index().is_clean
