"""Flags in the admin: the queue, and what a moderator decides, with a reason."""

from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scoreboard_project.audit.models import AuditEntry
from scores.admin.review.steps import steps_of
from scores.models import Flag, ScoreEvent, UserScore, UsualHour
from scores.operations.erasure import erase_user
from scores.operations.reversals import reverse_actions
from scores.tests.trust.detection.played import NOON, every, nothing_is_usual, play
from scores.trust.awards import award_points
from scores.trust.detection.scan import detect_again
from scores.trust.detection.windows import HOUR
from scores.trust.explanations import judge_events

FLAGS = "/admin/scores/flag/"


@pytest.fixture
def flag(scoreboard: None) -> Flag:
    play("mallory", every(4, 120))
    nothing_is_usual()
    detect_again(NOON, NOON + HOUR, ["rate"])
    return Flag.objects.get()


def staff(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


def member(client: Client, group: str) -> Client:
    """A staff user of that group."""
    user = User.objects.create_user("grace", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
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


def test_the_queue_begins_with_open_flags_and_filters_the_others(moderator: Client, flag: Flag) -> None:
    assert "mallory" in moderator.get(f"{FLAGS}?kind=rate&severity__exact={flag.severity}&status=all").content.decode()
    Flag.objects.update(status=Flag.Status.DISMISSED)
    assert "mallory" not in moderator.get(FLAGS).content.decode()
    assert "mallory" in moderator.get(f"{FLAGS}?status=dismissed").content.decode()
    assert "mallory" not in moderator.get(f"{FLAGS}?status=all&kind=jump").content.decode()


def test_a_flag_shows_each_event_with_where_it_came_from(client: Client, flag: Flag) -> None:
    event = ScoreEvent.objects.filter(created_at__lt=flag.seen_until).latest("created_at")
    page = member(client, "Viewers").get(f"{FLAGS}{flag.pk}/change/").content.decode()
    assert [
        text for text in (event.request_id, event.ip_address, event.user_agent, "points-chart") if text not in page
    ] == []
    assert 'name="action"' not in page


def test_who_may_not_see_events_sees_none_of_them_on_a_flag(client: Client, flag: Flag) -> None:
    viewer = staff(client, "view_flag")
    pages = [viewer.get(address).content.decode() for address in (FLAGS, f"{FLAGS}{flag.pk}/change/")]
    assert [found for found in pages if "203.0.113.7" in found or "points-chart" in found] == []


def test_a_users_page_says_why_the_score_is_what_it_is(client: Client, flag: Flag) -> None:
    first, second = ScoreEvent.objects.order_by("created_at")[:2]
    reverse_actions([first.action_id], reason="played by a script")
    award_points("mallory", 25, reason="a gift", award_id="1")
    score = UserScore.objects.get(pk="mallory").current_score
    page = member(client, "Moderators").get("/admin/scores/userscore/mallory/change/").content.decode()
    assert f"Why the score is {score}" in page
    assert [text for text in ("REVERSAL", "played by a script", "ADJUSTMENT", "a gift") if text not in page] == []
    judged = {each.event.event_id: each for each in judge_events("mallory", [first, second])}
    assert (judged[first.event_id].counts, judged[second.event_id].counts) == (False, True)


def test_the_buttons_lead_to_a_dry_run_of_what_they_say(moderator: Client, flag: Flag) -> None:
    titles = {title: moderator.get(address).content.decode() for title, address in steps_of(flag)}
    # How many points is asked first.
    assert 'value="mallory"' in titles.pop("Award or deduct")
    assert [title for title, page in titles.items() if 'name="confirm"' not in page or "mallory" not in page] == []
    assert "Reverse this time" in titles
    UserScore.objects.update(is_held=True)
    assert "Release the user" in dict(steps_of(flag))
    flag.evidence = {"address": "203.0.113.7"}
    assert 'name="confirm"' in moderator.get(dict(steps_of(flag))["Reverse all of this address"]).content.decode()


def test_a_user_id_of_any_shape_has_a_page(client: Client, scoreboard: None) -> None:
    user_id = "a/b?c_d <script>alert(1)</script>"
    play(user_id, every(60, 2), metadata={"level": "<b>"}, agent="<i>")
    page = member(client, "Viewers").get(f"/admin/scores/userscore/{quote(user_id)}/change/").content.decode()
    assert "Why the score is 300" in page
    assert [text for text in ("<b>", "<i>", "<script>alert") if text in page] == []


@pytest.mark.parametrize(
    ("group", "may"),
    [
        ("Viewers", {"look"}),
        ("Moderators", {"look", "moderate"}),
        ("Administrators", {"look", "moderate", "set values"}),
    ],
)
def test_groups_of_staff_come_with_the_database(client: Client, flag: Flag, group: str, may: set[str]) -> None:
    browser = member(client, group)
    found = {"look"} if browser.get(f"{FLAGS}{flag.pk}/change/").status_code == 200 else set()
    if 'value="confirm"' in browser.get(FLAGS).content.decode():
        found.add("moderate")
    if browser.get("/admin/action_types/actiontype/add/").status_code == 200:
        found.add("set values")
    assert found == may
    assert browser.get("/admin/auth/user/").status_code == 403


def test_a_queue_of_ten_thousand_flags_takes_few_statements(moderator: Client, flag: Flag) -> None:
    """How long it takes is measured by bench/detection.py: a test would depend on the machine."""
    Flag.objects.bulk_create(
        Flag(**{**model_to_dict(flag), "flag_id": None, "user_id": f"user-{number}"}) for number in range(200)
    )
    moderator.get(FLAGS)
    with CaptureQueriesContext(connection) as few:
        moderator.get(FLAGS)
    assert len(few) < 12


def test_who_may_only_view_cannot_decide(client: Client, flag: Flag) -> None:
    viewer = staff(client, "view_flag")
    assert 'value="confirm"' not in viewer.get(FLAGS).content.decode()
    viewer.post(FLAGS, {"action": "confirm", "_selected_action": flag.pk, "confirm": "x", "reason": "no"})
    flag.refresh_from_db()
    assert flag.status == Flag.Status.OPEN


def test_flags_are_erased_with_their_user(flag: Flag) -> None:
    detect_again(NOON + HOUR, NOON + 2 * HOUR, ["rate"])
    assert UsualHour.objects.filter(counts__scores__has_key="mallory").exists()
    erase_user("mallory")
    assert not Flag.objects.exists()
    assert not UsualHour.objects.filter(counts__scores__has_key="mallory").exists()
