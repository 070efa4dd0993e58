"""Moderation that meets an erasure, another moderator, or a player, at the same moment."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from action_types.models import ActionType
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.threads import started
from scoreboard_project.testing.waiting import someone_waits_for_a_lock, wait_for
from scores.locks import no_erasure
from scores.models import MAX_SCORE, HeldAction, ScoreEvent, UserScore
from scores.operations.erasure import erase_user
from scores.operations.reversals import ReversalSummary
from scores.ranks.standings import database_now
from scores.tests.rules.ruled import set_rules
from scores.trust.awards import award_points
from scores.trust.moderations import begin_moderation, find_moderation, run_moderation, undo_moderation
from scores.trust.quarantine import HeldSelection, approve_held
from scores.trust.selections import Selection

pytestmark = pytest.mark.usefixtures("scoreboard")

FAIR = HeldSelection(user_id="ana")


def held(times: int) -> None:
    ActionType.objects.filter(pk="BOSS_DEFEAT").update(hold_scores=True)
    for _ in range(times):
        ANA.act("BOSS_DEFEAT")


def scores() -> dict[str, int]:
    return dict(UserScore.objects.values_list("user_id", "current_score"))


def test_an_undo_waits_for_the_run_and_then_undoes_all_of_it() -> None:
    ANA.act()
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    undoing: list[Callable[[], ReversalSummary]] = []

    def undo_meanwhile(_: int) -> None:
        ours = moderation.moderation_id
        undoing.append(started(lambda: undo_moderation(find_moderation(ours), reason="a mistake")))
        wait_for(someone_waits_for_a_lock)

    assert run_moderation(moderation, undo_meanwhile).reversed == 1
    assert undoing[0]().reversed == 1
    assert scores() == {"ana": 150}


def test_who_was_approved_can_be_erased() -> None:
    held(2)
    ANA.act()
    approve_held(FAIR, reason="fair play")
    erased, _ = erase_user("ana")
    assert scores() == {erased: 2150}
    assert not ScoreEvent.objects.filter(request_id__startswith="ana").exists()


def test_an_erasure_waits_for_a_batch_and_nobody_comes_back() -> None:
    ANA.act()
    with no_erasure():
        erasing = started(lambda: erase_user("ana"))
        wait_for(someone_waits_for_a_lock)
        assert scores() == {"ana": 150}
    erased, _ = erasing()
    assert scores() == {erased: 150}


def test_between_two_batches_an_erasure_is_seen() -> None:
    held(3)
    erased: list[str] = []
    HeldAction.objects.update(state=HeldAction.State.APPROVED)

    def erase_once(_: int) -> None:
        if not erased:
            erased.append(erase_user("ana")[0])

    approve_held(FAIR, reason="fair play", advance=erase_once)
    assert scores() == {erased[0]: 3000}


def test_the_time_of_a_judged_action_is_read_when_the_user_is_locked() -> None:
    """Or a tally that has counted what the user did meanwhile would never see the action."""
    set_rules(metadata_schema={"type": "object"})
    ANA.act()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM users_scores WHERE user_id = 'ana' FOR UPDATE")
        acting = started(lambda: ANA.act("DAILY_BONUS"))
        wait_for(someone_waits_for_a_lock)
        released_at = database_now()
    acting()
    assert ScoreEvent.objects.get(action_type="DAILY_BONUS").created_at > released_at


def test_the_audit_names_what_was_approved_and_what_waits_again() -> None:
    held(1)
    ANA.act()
    award_points("ana", MAX_SCORE - 150, reason="a gift", award_id="1")
    assert approve_held(FAIR, reason="fair play").refused == 1
    action_id = HeldAction.objects.get(state=HeldAction.State.HELD).pk
    entries = AuditEntry.objects.filter(what__startswith="actions.").order_by("id").values_list("what", "new")
    assert list(entries) == [
        ("actions.approved", {"actions": 1, "points": 1000, "actionIds": [action_id]}),
        ("actions.wait_again", {"actionIds": [action_id]}),
    ]
