"""Flags in the admin: the queue, and what a moderator decides, with a reason."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from scoreboard_project.audit.models import AuditEntry
from scores.models import Flag, UserScore
from scores.operations.erasure import erase_user
from scores.tests.trust.detection.played import NOON, every, play
from scores.trust.detection.scan import detect_again
from scores.trust.detection.windows import HOUR

FLAGS = "/admin/scores/flag/"


@pytest.fixture
def flag(scoreboard: None) -> Flag:
    play("mallory", every(4, 120))
    detect_again(NOON, NOON + HOUR, ["rate"])
    return Flag.objects.get()


def staff(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def moderator(client: Client, flag: Flag) -> Client:
    return staff(client, "view_flag", "change_userscore")


def test_the_queue_says_what_was_seen(moderator: Client, flag: Flag) -> None:
    page = moderator.get(FLAGS).content.decode()
    assert "120 actions for 18000 points in ten minutes" in page
    assert moderator.get(f"{FLAGS}{flag.pk}/change/").status_code == 200


@pytest.mark.parametrize(("action", "status"), [("confirm", "confirmed"), ("dismiss", "dismissed")])
def test_a_decision_has_a_reason_and_is_audited(moderator: Client, flag: Flag, action: str, status: str) -> None:
    chosen = {"action": action, "_selected_action": flag.pk}
    assert "Reason" in moderator.post(FLAGS, chosen).content.decode()
    for _ in range(2):
        moderator.post(FLAGS, {**chosen, "confirm": "x", "reason": "looked at it"})
    flag.refresh_from_db()
    assert (flag.status, flag.decided_by, flag.reason) == (status, "staff:ada", "looked at it")
    entry = AuditEntry.objects.get(what=f"flag.{status}")
    assert (entry.target, entry.why) == ("user:mallory", "looked at it")


def test_the_user_is_held_from_the_queue(moderator: Client, flag: Flag) -> None:
    moderator.post(FLAGS, {"action": "hold", "_selected_action": flag.pk, "confirm": "x", "reason": "a bot"})
    assert UserScore.objects.get(pk="mallory").is_held


def test_who_may_only_view_cannot_decide(client: Client, flag: Flag) -> None:
    viewer = staff(client, "view_flag")
    assert 'value="confirm"' not in viewer.get(FLAGS).content.decode()
    viewer.post(FLAGS, {"action": "confirm", "_selected_action": flag.pk, "confirm": "x", "reason": "no"})
    flag.refresh_from_db()
    assert flag.status == Flag.Status.OPEN


def test_flags_are_erased_with_their_user(flag: Flag) -> None:
    erase_user("mallory")
    assert not Flag.objects.exists()
