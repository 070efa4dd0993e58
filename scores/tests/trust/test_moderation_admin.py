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
from scores.trust.quarantine import hold_users, release_users
from scores.trust.selections import Selection
from scores.trust.visibility import ban_users, hide_users

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
    assert [row.pk for row in moderator.get(USERS, {"state": "hidden"}).context["cl"].result_list] == ["ana"]
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


def test_the_list_says_who_is_banned_or_held_and_nothing_of_the_others(moderator: Client) -> None:
    ban_users(["ana"], reason="a cheat")
    hold_users(["bob"], reason="looks odd")
    for state, user_id in (("banned", "ana"), ("held", "bob")):
        listed = moderator.get(USERS, {"state": state})
        assert [row.pk for row in listed.context["cl"].result_list] == [user_id]
        assert f'<td class="field-state">{state}</td>' in text_of(listed)
    assert not moderator.get(USERS, {"state": "hidden"}).context["cl"].result_list
    release_users(["bob"], reason="all well")
    assert '<td class="field-state"></td>' in text_of(moderator.get(USERS))


def test_the_page_of_a_user_has_the_buttons_that_fit_the_state(moderator: Client) -> None:
    page = f"{USERS}ana/change/"
    titles = [title for title, _ in moderator.get(page).context["steps"]]
    assert titles == [
        "Hide the user",
        "Ban the user",
        "Hold the user",
        "Reverse everything",
        "Award or deduct",
        "Revoke tokens",
    ]
    ban, address = dict(moderator.get(page).context["steps"])["Ban the user"], f"{MODERATIONS}add/"
    asked = moderator.get(ban)
    done = moderator.post(address, {**dict(asked.context["sent_again"]), "confirm": "x", "reason": "a cheat"})
    assert done["Location"] == page
    assert [title for title, _ in moderator.get(page).context["steps"]][:3] == [
        "Hide the user",
        "End the ban",
        "Hold the user",
    ]


def test_who_may_only_view_sees_no_buttons_on_the_page_of_a_user(client: Client, scoreboard: None) -> None:
    ANA.act()
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_userscore", "view_auditentry"]))
    client.force_login(user)
    hide_users(["ana"], reason="a cheat")
    page = client.get(f"{USERS}ana/change/")
    assert page.context["steps"] == []
    assert "add/?what=" not in text_of(page)
    assert "user.hidden" in text_of(page)
