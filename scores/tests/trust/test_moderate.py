"""`manage.py moderate`: the services of moderators on the command line."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB
from scores.models import UserScore

pytestmark = pytest.mark.usefixtures("scoreboard")


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("moderate", *arguments, stdout=out, stderr=StringIO())
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def score(user_id: str) -> int:
    return UserScore.objects.get(pk=user_id).current_score


def test_events_are_previewed_reversed_finished_and_restored() -> None:
    ANA.act()
    ANA.act()
    BOB.act()
    chosen = ["reverse", "--user", "ana", "--reason", "a cheat"]
    preview = run(*chosen, "--dry-run")
    assert (preview["events"], preview["users"], preview["points"]) == (2, 1, -300)
    assert [(row["rank"], row["userId"]) for row in preview["leaderboard"]] == [(1, "bob"), (2, "ana")]
    done = run(*chosen)
    assert (done["events"], score("ana")) == (2, 0)
    assert run("run", done["moderationId"])["events"] == 0
    assert run("undo", done["moderationId"], "--reason", "a mistake")["events"] == 2
    assert score("ana") == 300


def test_users_are_hidden_and_shown() -> None:
    ANA.act()
    now = {"userId": "ana", "isHidden": True, "isBanned": False, "isHeld": False, "hasScored": True}
    assert run("hide", "ana", "--reason", "a cheat") == {"changed": 1, "states": [now]}
    assert UserScore.objects.get().is_hidden
    assert run("show", "ana", "--reason", "a mistake")["changed"]
    entry = AuditEntry.objects.first()
    assert entry
    assert (entry.who, entry.what, entry.why) == ("command:moderate", "user.shown", "a mistake")


def test_points_are_awarded_once_for_each_id() -> None:
    ANA.act()
    for _ in range(2):
        run("award", "ana", "--reason", "an outage", "--id", "ticket-7", "--", "-50")
    assert score("ana") == 100


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["hide", "nobody", "--reason", "x"], "User does not exist"),
        (["hide", "ana"], "--reason"),
        (["reverse", "--reason", "x"], "required"),
        (["reverse", "--address", "203.0.113.9", "--reason", "x"], "need a time from which on: --since"),
        (["undo", "nothing", "--reason", "x"], "no such moderation: nothing"),
        (["approve", "--reason", "x"], "Choose by --actions, --user or --action-type"),
        (["reverse", "--user", "nobody", "--reason", "x", "--dry-run"], "User does not exist: nobody"),
        (["reverse", "--user", "ana", "--since", "2999-01-01", "--reason", "x"], "--since is in the future: 2999"),
        (["held", "--action-type", "BOSS"], "no such action type: BOSS"),
        (["list", "--user", "nobody"], "User does not exist: nobody"),
    ],
)
def test_it_says_what_is_wrong(arguments: list[str], problem: str) -> None:
    ANA.act()
    with pytest.raises(CommandError, match=problem):
        call_command("moderate", *arguments)
