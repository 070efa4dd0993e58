"""Moderators decide about held actions by the API, by `manage.py moderate` and in the admin."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from action_types.models import ActionType
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scores.models import HeldAction, UserScore
from scores.tests.trust.test_moderate import run
from scores.tests.trust.test_moderation_api import post

HELD = "/admin/scores/heldaction/"


@pytest.fixture(autouse=True)
def held_type(scoreboard: None) -> None:
    ActionType.objects.filter(pk="BOSS_DEFEAT").update(hold_scores=True)


def scores() -> dict[str, int]:
    return dict(UserScore.objects.values_list("user_id", "current_score"))


def test_the_api_holds_and_releases_a_user(game: Game) -> None:
    ANA.act()
    held = post(game, "users/ana/hold", {"reason": "odd"}).data
    assert (held["userId"], held["changed"], held["isHeld"]) == ("ana", True, True)
    assert game.update(ANA).data["status"] == "pending"
    assert post(game, "users/ana/release", {"reason": "fine"}).data["changed"] is True
    assert "status" not in game.update(ANA).data
    assert post(game, "users/nobody/hold", {"reason": "odd"}).failed_with(404, "USER_NOT_FOUND")


def test_the_api_previews_approves_and_rejects(game: Game) -> None:
    ANA.act("BOSS_DEFEAT")
    BOB.act("BOSS_DEFEAT")
    chosen = {"actionType": "BOSS_DEFEAT", "userId": "ana", "reason": "fair play"}
    assert post(game, "held-actions/approve", {**chosen, "dryRun": True}).data == {
        "actions": 1,
        "points": 1000,
        "refused": 0,
        "alreadyDecided": 0,
    }
    assert scores() == {}
    assert post(game, "held-actions/approve", chosen).data["actions"] == 1
    assert post(game, "held-actions/reject", {"userId": "bob", "reason": "a cheat"}).data["actions"] == 1
    assert scores() == {"ana": 1000}


@pytest.mark.parametrize("path", ["users/ana/hold", "users/ana/release", "held-actions/approve", "held-actions/reject"])
def test_the_api_refuses_whoever_lacks_the_scope(game: Game, path: str) -> None:
    ANA.act("BOSS_DEFEAT")
    body = {"userId": "ana", "reason": "x"} if path.startswith("held") else {"reason": "x"}
    assert post(game, path, body, scope="scores:write:any").failed_with(403, "PERMISSION_DENIED")
    assert HeldAction.objects.get().state == "held"


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "x"},
        {"reason": "x", "userId": ""},
        {"reason": "x", "actionIds": []},
        {"reason": "x", "actionIds": ["a\0"]},
        {"reason": "x", "userId": "ana", "since": "0001-01-01T00:00:00+14:00"},
        {"userId": "ana"},
        {"reason": "x", "userId": "ana", "all": True},
    ],
)
def test_the_api_refuses_a_bad_choice(game: Game, body: dict[str, object]) -> None:
    ANA.act("BOSS_DEFEAT")
    assert post(game, "held-actions/approve", body).status == 400
    assert HeldAction.objects.get().state == "held"


def test_the_command_decides_in_bulk() -> None:
    for _ in range(3):
        ANA.act("BOSS_DEFEAT")
    BOB.act("BOSS_DEFEAT")
    chosen = ["approve", "--action-type", "BOSS_DEFEAT", "--reason", "fair play"]
    assert run(*chosen, "--dry-run") == {"actions": 4, "points": 4000, "refused": 0, "alreadyDecided": 0}
    assert run("reject", "--user", "bob", "--reason", "a cheat")["actions"] == 1
    assert run(*chosen) == {"actions": 3, "points": 3000, "refused": 0, "alreadyDecided": 1}
    assert scores() == {"ana": 3000}
    assert run("hold", "ana", "--reason", "odd")["changed"] == 1
    assert run("release", "ana", "--reason", "odd")["changed"] == 1


def test_the_admin_decides_with_a_reason(client: Client) -> None:
    ANA.act("BOSS_DEFEAT")
    BOB.act("BOSS_DEFEAT")
    user = User.objects.create_user("ada", is_staff=True)
    wanted = ["view_userscore", "view_heldaction", "change_userscore"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client.force_login(user)
    ana, bob = (HeldAction.objects.get(user_id=user_id).pk for user_id in ("ana", "bob"))
    assert ana in client.get(HELD).content.decode()
    assert "Reason" in client.post(HELD, {"action": "approve", "_selected_action": ana}).content.decode()
    assert scores() == {}
    for action, chosen, told in (
        ("approve", [ana], "Approved 1 action: +1,000 points."),
        (
            "reject",
            [ana, bob],
            "Rejected 1 action, worth 1,000 points. They never count. 1 was left out, decided already.",
        ),
    ):
        done = {"action": action, "_selected_action": chosen, "confirm": "x", "reason": "seen"}
        assert told in client.post(HELD, done, follow=True).content.decode()
    assert scores() == {"ana": 1000}
    assert list(AuditEntry.objects.order_by("pk").values_list("who", "what")) == [
        ("staff:ada", "actions.approved"),
        ("staff:ada", "actions.rejected"),
    ]
    assert not client.get(HELD).context["cl"].result_list
    assert [row.pk for row in client.get(HELD, {"state": "rejected"}).context["cl"].result_list] == [bob]
    again = client.post(f"{HELD}?state=all", {"action": "reject", "_selected_action": [ana, bob]}).content.decode()
    assert "All of them are decided already." in again
    held = HeldAction.objects.get(pk=bob)
    assert (held.state, held.decided_by, held.reason, held.applied_at) == ("rejected", "staff:ada", "seen", None)
