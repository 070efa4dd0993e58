"""A typo never looks like a step that found nothing to do: each is an error that names what is wrong."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from action_types.models import ActionType
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scores.models import HeldAction, Moderation, UserScore
from scores.tests.trust.test_moderation_api import post
from scores.trust.visibility import hide_users

TODAY = {"since": "2020-01-01T00:00:00Z"}
FUTURE = {"since": "2999-01-01T00:00:00Z"}


def act() -> None:
    """Ana has scored, and has an action that waits."""
    ANA.act()
    ActionType.objects.filter(pk="BOSS_DEFEAT").update(hold_scores=True)
    ANA.act("BOSS_DEFEAT")


@pytest.mark.parametrize(
    ("body", "status", "code", "named"),
    [
        ({"userId": "anna"}, 404, "USER_NOT_FOUND", "anna"),
        ({"actionType": "BOSS_DEFEATED", **TODAY}, 400, "INVALID_ACTION_TYPE", "BOSS_DEFEATED"),
        ({"actionType": "CHALLENGE_WIN", **TODAY}, 404, "NOT_FOUND", "action_type:CHALLENGE_WIN"),
        ({"ipAddress": "203.0.113.9", **TODAY}, 404, "NOT_FOUND", "address:203.0.113.9"),
        ({"ipAddress": "203.0.113", **TODAY}, 400, "INVALID_REQUEST", "203.0.113"),
        ({"actionIds": ["action_1"]}, 404, "NOT_FOUND", "action_1"),
        ({"userId": "ana", **FUTURE}, 400, "INVALID_REQUEST", "2999-01-01"),
        ({"userId": "ana", "until": "2020-01-01T00:00:00Z"}, 404, "NOT_FOUND", "user:ana"),
    ],
)
def test_of_a_reversal(game: Game, body: dict[str, Any], status: int, code: str, named: str) -> None:
    act()
    for is_dry in (True, False):
        answer = post(game, "moderations", {"reason": "x", **body, "dryRun": is_dry})
        assert answer.failed_with(status, code)
        assert named in str(answer.error["details"])
    assert not Moderation.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"userId": "anna"}, 404, "USER_NOT_FOUND"),
        ({"userId": "bob"}, 404, "NOT_FOUND"),
        ({"actionType": "BOSS_DEFEATED"}, 400, "INVALID_ACTION_TYPE"),
        ({"actionType": "LEVEL_COMPLETE"}, 404, "NOT_FOUND"),
        ({"actionIds": ["action_1"]}, 404, "NOT_FOUND"),
        ({"actionIds": ["action_1"] * 1001}, 400, "INVALID_REQUEST"),
        ({"userId": "ana", **FUTURE}, 400, "INVALID_REQUEST"),
        ({"userId": "ana", **TODAY, "until": "2020-01-01T00:00:00Z"}, 400, "INVALID_REQUEST"),
    ],
)
def test_of_a_decision(game: Game, body: dict[str, Any], status: int, code: str) -> None:
    act()
    BOB.act()
    for is_dry in (True, False):
        answer = post(game, "held-actions/approve", {"reason": "x", **body, "dryRun": is_dry})
        assert answer.failed_with(status, code)
    assert HeldAction.objects.get().state == "held"


def test_what_was_decided_before_is_counted(game: Game) -> None:
    act()
    chosen = {"actionIds": [HeldAction.objects.get().pk], "reason": "x"}
    assert post(game, "held-actions/reject", chosen).data["alreadyDecided"] == 0
    answer = post(game, "held-actions/approve", chosen).data
    assert (answer["actions"], answer["alreadyDecided"]) == (0, 1)


def test_a_repeated_reversal_says_so_and_has_no_id(game: Game) -> None:
    act()
    body = {"userId": "ana", "reason": "x"}
    assert post(game, "moderations", body).data["events"] == 1
    assert post(game, "moderations", {**body, "dryRun": True}).data["alreadyReversed"] == 1
    assert post(game, "moderations", body).data == {"events": 0, "points": 0, "alreadyReversed": 1, "refused": 0}
    assert Moderation.objects.count() == 1


def test_of_one_among_several_users_changes_nobody(scoreboard: None) -> None:
    ANA.act()
    with pytest.raises(CommandError, match="User does not exist: anna"):
        call_command("moderate", "hide", "ana", "anna", "--reason", "x")
    assert not UserScore.objects.get().is_hidden


def test_of_who_is_banned_is_warned_about(scoreboard: None) -> None:
    out, warnings = StringIO(), StringIO()
    call_command("moderate", "ban", "anna", "--reason", "x", stdout=out, stderr=warnings)
    assert "anna has never scored" in warnings.getvalue()


@pytest.mark.parametrize(
    ("options", "problem"),
    [(["--user", "anna"], "User does not exist: anna"), (["--user", "ana", "--since", "2999-01-01"], "in the future")],
)
def test_of_reverse_actions(scoreboard: None, options: list[str], problem: str) -> None:
    ANA.act()
    with pytest.raises(CommandError, match=problem):
        call_command("reverse_actions", *options, "--reason", "x")


def test_of_whose_audit_is_exported_gets_a_hint(scoreboard: None) -> None:
    ANA.act()
    hide_users(["ana"], reason="x")
    hints = StringIO()
    call_command("export_audit", "--who", "python", stdout=StringIO(), stderr=hints)
    assert "0 entries" in hints.getvalue()
    assert "Did you mean command:python? Names look like staff:ada" in hints.getvalue()
