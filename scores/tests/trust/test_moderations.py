"""Reversing what a moderator chose: everything of a user, an address or an action type, and undoing it."""

from datetime import timedelta

import pytest
from django.db.models import Count, Sum
from django.utils import timezone

from scoreboard_project.api.errors import InvalidRequest, UserNotFound
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.threads import in_threads
from scores.models import Moderation, ScoreEvent, UserScore
from scores.operations.reversals import reverse_actions
from scores.ranks.drift import check_rank_index
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions
from scores.trust.awards import award_points
from scores.trust.moderations import NothingLeft, begin_moderation, run_moderation, undo_moderation
from scores.trust.previews import preview_moderation
from scores.trust.selections import Selection

EVENTS = 10_000
YESTERDAY = timezone.now() - timedelta(days=1)


def play(player: Player, times: int, action_type: str = "LEVEL_COMPLETE", address: str = "") -> None:
    for first in range(0, times, 1000):
        numbers = range(first, min(first + 1000, times))
        actions = [player.action(action_type) for _ in numbers]
        apply_score_actions(
            [ScoreAction(a.user_id, a.username, a.request_id, action_type, {}, address) for a in actions]
        )


def scores() -> dict[str, int]:
    return dict(UserScore.objects.values_list("user_id", "current_score"))


def sums_are_exact() -> bool:
    sums = ScoreEvent.objects.values_list("user_id").annotate(sum=Sum("score_increment"), all=Count("*"))
    return set(sums) == set(UserScore.objects.values_list("user_id", "current_score", "version"))


@pytest.mark.long
def test_a_cheater_of_ten_thousand_events_is_gone_everywhere_and_comes_back(game: Game) -> None:
    play(BOB, 2)
    play(CAROL, 1)
    play(ANA, EVENTS)
    before = game.get("scoreboard")
    assert [row["userId"] for row in before.data["leaderboard"]] == ["ana", "bob", "carol"]
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    assert run_moderation(moderation).reversed == EVENTS

    after = game.get("scoreboard")
    assert [(row["userId"], row["score"]) for row in after.data["leaderboard"]] == [
        ("bob", 300),
        ("carol", 150),
        ("ana", 0),
    ]
    assert after.headers["ETag"] != before.headers["ETag"]
    assert game.get("users/ana/scores").data["rank"] == 3
    assert game.get("users/bob/scores").data["rank"] == 1
    assert game.get("users/ana/scores/history", ANA).data["pagination"]["total"] == 2 * EVENTS
    assert game.get("users/ana/scores/daily?days=1").data["days"][0]["score"] == 0
    assert sums_are_exact()

    assert run_moderation(moderation).reversed == 0
    with pytest.raises(NothingLeft):
        begin_moderation(Selection(user_id="ana"), reason="again")
    assert scores()["ana"] == 0

    assert undo_moderation(moderation, reason="a mistake").reversed == EVENTS
    assert [row["userId"] for row in game.board()] == ["ana", "bob", "carol"]
    assert scores()["ana"] == 150 * EVENTS
    assert undo_moderation(moderation, reason="a mistake").reversed == 0
    assert sums_are_exact()
    assert check_rank_index().is_clean


def test_an_address_is_chosen_between_two_times(scoreboard: None) -> None:
    play(ANA, 2, address="203.0.113.9")
    play(BOB, 1, address="203.0.113.9")
    play(BOB, 1, address="203.0.113.10")
    chosen = Selection(ip_address="203.0.113.9", since=YESTERDAY)
    assert run_moderation(begin_moderation(chosen, reason="bots")).reversed == 3
    assert scores() == {"ana": 0, "bob": 150}


def test_an_action_type_is_chosen_between_two_times(scoreboard: None) -> None:
    play(ANA, 1, "BOSS_DEFEAT")
    opened = timezone.now()
    play(BOB, 1, "BOSS_DEFEAT")
    play(BOB, 1)
    chosen = Selection(action_type="BOSS_DEFEAT", since=opened, until=timezone.now())
    assert run_moderation(begin_moderation(chosen, reason="an exploit")).points == -1000
    assert scores() == {"ana": 1000, "bob": 150}


def test_what_comes_after_it_began_is_not_chosen(scoreboard: None) -> None:
    play(ANA, 1)
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    play(ANA, 1)
    run_moderation(moderation)
    run_moderation(moderation)
    assert scores() == {"ana": 150}


def test_after_an_interruption_it_goes_on_and_the_undoing_brings_all_back(scoreboard: None) -> None:
    play(ANA, 5)
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    done = list(ScoreEvent.objects.values_list("action_id", flat=True)[:2])
    reverse_actions(done, reason="a cheat", moderation_id=moderation.moderation_id)
    assert run_moderation(moderation).reversed == 3
    assert scores() == {"ana": 0}
    assert undo_moderation(moderation, reason="a mistake").reversed == 5
    assert scores() == {"ana": 750}


def test_many_at_once_reverse_and_undo_once(scoreboard: None) -> None:
    play(ANA, 20)
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    in_threads(lambda _: run_moderation(moderation), range(4))
    assert scores() == {"ana": 0}
    in_threads(lambda _: undo_moderation(moderation, reason="a mistake"), range(4))
    assert scores() == {"ana": 3000}
    assert sums_are_exact()


def test_an_undone_moderation_is_not_run_again_but_a_new_one_is(scoreboard: None) -> None:
    play(ANA, 1)
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    run_moderation(moderation)
    undo_moderation(moderation, reason="a mistake")
    with pytest.raises(InvalidRequest, match="was undone"):
        run_moderation(moderation)
    second = begin_moderation(Selection(user_id="ana"), reason="a cheat after all")
    assert run_moderation(second).reversed == 1
    assert undo_moderation(moderation, reason="again").reversed == 0
    assert scores() == {"ana": 0}


def test_a_preview_says_what_would_happen_and_changes_nothing(scoreboard: None) -> None:
    play(ANA, 3)
    play(BOB, 2)
    play(CAROL, 1, "DAILY_BONUS")
    found = preview_moderation(Selection(action_type="LEVEL_COMPLETE", since=YESTERDAY))
    assert (found.events, found.users, found.points) == (5, 2, -750)
    assert [(row.user_id, row.score) for row in found.top] == [("carol", 50), ("ana", 0), ("bob", 0)]
    assert scores() == {"ana": 450, "bob": 300, "carol": 50}
    assert not AuditEntry.objects.exists()


def test_a_repeat_that_finds_nothing_stores_nothing(scoreboard: None) -> None:
    play(ANA, 2)
    run_moderation(begin_moderation(Selection(user_id="ana"), reason="a cheat"))
    with pytest.raises(NothingLeft) as left:
        begin_moderation(Selection(user_id="ana"), reason="again")
    assert left.value.already_reversed == 2
    assert Moderation.objects.count() == 1
    assert preview_moderation(Selection(user_id="ana")).already_reversed == 2
    play(ANA, 1)
    summary = run_moderation(begin_moderation(Selection(user_id="ana"), reason="what came later"))
    assert (summary.reversed, summary.already_reversed) == (1, 2)


def test_more_than_a_caller_has_time_for_is_refused(scoreboard: None) -> None:
    play(ANA, 3)
    with pytest.raises(InvalidRequest, match="3 events are too many"):
        begin_moderation(Selection(user_id="ana"), reason="a cheat", most=2)
    assert not Moderation.objects.exists()


def test_everything_of_a_user_is_also_awards_and_deductions(scoreboard: None) -> None:
    play(ANA, 1)
    award_points("ana", -500, reason="a penalty", award_id="1")
    assert run_moderation(begin_moderation(Selection(user_id="ana"), reason="all")).reversed == 2
    assert scores() == {"ana": 0}


def test_each_step_is_audited(scoreboard: None) -> None:
    play(ANA, 1)
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    run_moderation(moderation)
    undo_moderation(moderation, reason="a mistake")
    found = AuditEntry.objects.order_by("id").values_list("what", "target", "why")
    ours = f"moderation:{moderation.moderation_id}"
    assert list(found) == [
        ("moderation.begun", "user:ana", "a cheat"),
        ("action_type.added", "action_type:REVERSAL", ""),
        ("events.reversal_started", ours, "a cheat"),
        ("events.reversed", ours, "a cheat"),
        ("moderation.finished", "user:ana", "a cheat"),
        ("moderation.undone", "user:ana", "a mistake"),
        ("events.reversal_started", ours, "a mistake"),
        ("events.reversed", ours, "a mistake"),
    ]


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"user_id": "ana", "action_type": "BOSS_DEFEAT"},
        {"ip_address": "203.0.113.9"},
        {"action_type": "REVERSAL", "since": YESTERDAY},
        {"user_id": "ana", "since": YESTERDAY, "until": YESTERDAY},
    ],
)
def test_it_refuses_an_unclear_choice(chosen: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        Selection(**chosen)  # type: ignore[arg-type]


def test_an_award_counts_once_and_can_be_reversed(game: Game) -> None:
    play(ANA, 1)
    play(BOB, 1)
    for _ in range(2):
        awarded = award_points("bob", 500, reason="an outage", award_id="ticket-7")
    assert [row["score"] for row in game.board()] == [650, 150]
    assert UserScore.objects.get(pk="bob").total_actions == 1
    event = ScoreEvent.objects.get(action_type="ADJUSTMENT")
    assert event.metadata == {"reason": "an outage"}
    reverse_actions([awarded.action_id], reason="a mistake")
    assert scores() == {"ana": 150, "bob": 150}
    assert game.update(ANA, {"actionType": "ADJUSTMENT"}).failed_with(400, "INVALID_ACTION_TYPE")


def test_an_award_says_what_it_refuses(scoreboard: None) -> None:
    play(ANA, 1)
    with pytest.raises(UserNotFound):
        award_points("nobody", 5, reason="x", award_id="1")
    with pytest.raises(InvalidRequest):
        award_points("ana", 0, reason="x", award_id="1")
    award_points("ana", 5, reason="x", award_id="1")
    with pytest.raises(InvalidRequest, match="another award"):
        award_points("ana", 6, reason="x", award_id="1")
    assert scores() == {"ana": 155}
