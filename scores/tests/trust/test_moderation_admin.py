"""Moderators act on rows of the admin's lists: a page says what would happen and asks for a reason."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.tokens.models import TokenRevocation
from scores.models import ModeratedUser, ScoreEvent, UserScore
from scores.trust.moderations import begin_moderation
from scores.trust.selections import Selection

USERS, EVENTS = "/admin/scores/userscore/", "/admin/scores/scoreevent/"
MODERATIONS = "/admin/scores/moderation/"


@pytest.fixture
def moderator(client: Client, scoreboard: None) -> Client:
    """The browser of a staff user who may see and moderate scores and nothing else."""
    ANA.act("BOSS_DEFEAT")
    BOB.act()
    user = User.objects.create_user("ada", is_staff=True)
    wanted = ["view_userscore", "view_scoreevent", "change_userscore"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client.force_login(user)
    return client


def text_of(page: Any) -> str:
    text: str = page.content.decode()
    return text


def test_a_user_is_hidden_with_a_reason_and_found_among_the_hidden(moderator: Client) -> None:
    chosen = {"action": "hide", "_selected_action": "ana"}
    asked = moderator.post(USERS, chosen)
    assert "Reason" in text_of(asked)
    assert not UserScore.objects.filter(is_hidden=True).exists()
    moderator.post(USERS, {**chosen, "confirm": "x", "reason": "a cheat"})
    assert UserScore.objects.get(is_hidden=True).user_id == "ana"
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.what, entry.target, entry.why) == ("staff:ada", "user.hidden", "user:ana", "a cheat")
    assert [row.pk for row in moderator.get(USERS).context["cl"].result_list] == ["bob"]
    assert [row.pk for row in moderator.get(USERS, {"board": "hidden"}).context["cl"].result_list] == ["ana"]
    assert [row.pk for row in moderator.get(USERS, {"q": "ana"}).context["cl"].result_list] == ["ana"]


def test_it_insists_on_a_reason(moderator: Client) -> None:
    asked = moderator.post(USERS, {"action": "ban", "_selected_action": "ana", "confirm": "x", "reason": " "})
    assert "Give a reason." in text_of(asked)
    assert not ModeratedUser.objects.exists()


def test_events_are_reversed_after_a_preview(moderator: Client) -> None:
    event = ScoreEvent.objects.get(user_id="ana")
    chosen = {"action": "reverse", "_selected_action": event.pk}
    asked = text_of(moderator.post(EVENTS, chosen))
    assert "1 would be reversed" in asked
    assert "-1,000 in all" in asked
    assert UserScore.objects.get(pk="ana").current_score == 1000
    told = text_of(moderator.post(EVENTS, {**chosen, "confirm": "x", "reason": "a cheat"}, follow=True))
    assert "Reversed 1 event (-1,000 points)" in told
    assert UserScore.objects.get(pk="ana").current_score == 0


def test_who_may_only_view_cannot_moderate(client: Client, scoreboard: None) -> None:
    ANA.act()
    user = User.objects.create_user("eve", is_staff=True)
    wanted = ["view_userscore", "view_scoreevent", "view_moderation"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    client.force_login(user)
    assert 'value="hide"' not in text_of(client.get(USERS))
    sent = {"action": "hide", "_selected_action": "ana", "confirm": "x", "reason": "a cheat"}
    assert client.post(USERS, sent).status_code == 403
    listed = text_of(client.get(MODERATIONS))
    assert "a cheat" in listed
    for step in ("add", f"{moderation.pk}/undo", f"{moderation.pk}/run"):
        assert f"{step}/" not in listed
        assert client.get(f"{MODERATIONS}{step}/").status_code == 403
        assert client.post(f"{MODERATIONS}{step}/", {"confirm": "x", "reason": "a cheat"}).status_code == 403
    assert not ModeratedUser.objects.exists()


def test_tokens_are_revoked_with_a_reason(moderator: Client) -> None:
    moderator.post(USERS, {"action": "revoke", "_selected_action": "ana", "confirm": "x", "reason": "a stolen phone"})
    assert TokenRevocation.objects.get().user_id == "ana"
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.what, entry.why) == ("staff:ada", "user.tokens_revoked", "a stolen phone")
