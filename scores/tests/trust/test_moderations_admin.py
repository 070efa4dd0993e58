"""The form of the admin that begins a moderation, the page that shows what would happen, and undoing it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB
from scores.models import ModeratedUser, Moderation, ScoreEvent, UserScore
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions
from scores.trust.moderations import begin_moderation
from scores.trust.selections import Selection

MODERATIONS = "/admin/scores/moderation/"
FORM = f"{MODERATIONS}add/"
YESTERDAY = timezone.now() - timedelta(days=1)
SINCE = {"since_0": f"{YESTERDAY:%Y-%m-%d}", "since_1": "12:00:00"}
CONFIRM = {"confirm": "x", "reason": "a cheat"}


@pytest.fixture
def moderator(client: Client, scoreboard: None) -> Client:
    """The browser of a staff user who may moderate. Ana has 1,000 points, and Bob 150 from an address."""
    ANA.act("BOSS_DEFEAT")
    action = BOB.action()
    apply_score_actions(
        [ScoreAction(BOB.user_id, BOB.username, action.request_id, action.action_type, {}, "2001:db8::7")]
    )
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="change_userscore"))
    client.force_login(user)
    return client


def score_of(user_id: str) -> int:
    return UserScore.objects.get(pk=user_id).current_score


def hidden_fields(page: Any) -> dict[str, str]:
    """What the page would send again."""
    return dict(page.context["sent_again"])


def test_everything_of_a_user_is_reversed_and_undone_after_a_look(moderator: Client) -> None:
    asked = moderator.post(FORM, {"what": "user", "user_id": " ana "})
    board = [(row["before"]["user_id"], row["after"]["user_id"]) for row in asked.context["boards"]]
    assert board == [("ana", "bob"), ("bob", "ana")]
    assert "-1,000 in all" in asked.content.decode()
    assert not Moderation.objects.exists()

    told = moderator.post(FORM, {**hidden_fields(asked), **CONFIRM}, follow=True).content.decode()
    assert "Reversed 1 event (-1,000 points)" in told
    assert "Everything of user ana" in told
    assert score_of("ana") == 0

    assert "finished: 1 event, -1,000 points" in told
    undo = f"{MODERATIONS}{Moderation.objects.get().pk}/undo/"
    assert undo in told
    assert "+1,000 in all" in moderator.get(undo).content.decode()
    assert score_of("ana") == 0
    moderator.post(undo, {"confirm": "x", "reason": "a mistake"})
    assert score_of("ana") == 1000
    assert "1 event restored" in moderator.get(MODERATIONS, {"status": "undone"}).content.decode()
    assert set(AuditEntry.objects.values_list("who", flat=True)) == {"staff:ada"}
    assert AuditEntry.objects.get(what="moderation.undone").why == "a mistake"


@pytest.mark.parametrize(
    ("chosen", "reversed_user"),
    [
        ({"what": "address", "ip_address": "2001:DB8:0::7", **SINCE}, "bob"),
        ({"what": "action_type", "action_type": "BOSS_DEFEAT", **SINCE}, "ana"),
    ],
)
def test_an_address_and_an_action_type_are_chosen_between_two_times(
    moderator: Client, chosen: dict[str, str], reversed_user: str
) -> None:
    moderator.post(FORM, {**hidden_fields(moderator.post(FORM, chosen)), **CONFIRM})
    assert score_of(reversed_user) == 0
    assert score_of({"ana": "bob", "bob": "ana"}[reversed_user]) > 0


def test_events_are_chosen_by_their_ids_or_those_of_their_actions(moderator: Client) -> None:
    ana, bob = ScoreEvent.objects.get(user_id="ana"), ScoreEvent.objects.get(user_id="bob")
    chosen = {"what": "events", "events": f"{ana.event_id}\n {bob.action_id},{ana.action_id}"}
    moderator.post(FORM, {**hidden_fields(moderator.post(FORM, chosen)), **CONFIRM})
    assert (score_of("ana"), score_of("bob")) == (0, 0)
    assert "nothing to reverse" in moderator.post(FORM, chosen).content.decode()


def test_an_award_that_is_sent_twice_counts_once(moderator: Client) -> None:
    asked = moderator.get(FORM, {"what": "award", "user_id": "bob", "points": "-100"})
    for _ in range(2):
        moderator.post(FORM, {**hidden_fields(asked), **CONFIRM})
    assert score_of("bob") == 50
    odd = moderator.get(FORM, {"what": "award", "user_id": "bob", "points": "1", "award_id": "\0"})
    assert len(hidden_fields(odd)["award_id"]) == 36


@pytest.mark.parametrize("what", ["hide", "ban"])
def test_a_user_leaves_the_board_that_the_page_shows(moderator: Client, what: str) -> None:
    asked = moderator.get(FORM, {"what": what, "user_id": "ana"})
    assert [row["after"] and row["after"]["user_id"] for row in asked.context["boards"]] == ["bob", None]
    moderator.post(FORM, {**hidden_fields(asked), **CONFIRM})
    assert ModeratedUser.objects.get().is_invisible
    back = moderator.get(FORM, {"what": {"hide": "show", "ban": "unban"}[what], "user_id": "ana"})
    assert [row["after"]["user_id"] for row in back.context["boards"]] == ["ana", "bob"]


WRONG: list[tuple[dict[str, str], str]] = [
    ({}, "what"),
    ({"what": "cook"}, "what"),
    ({"what": "user"}, "user_id"),
    ({"what": "user", "user_id": "nobody"}, "user_id"),
    ({"what": "hide", "user_id": "a\0b"}, "user_id"),
    ({"what": "ban", "user_id": "a\nb"}, "user_id"),
    ({"what": "user", "user_id": "ana", "since_0": "2026-13-01", "since_1": "x"}, "since"),
    ({"what": "user", "user_id": "ana", **SINCE, "until_0": "2020-01-01", "until_1": "00:00"}, "until"),
    ({"what": "user", "user_id": "ana", "since_0": "9999-12-31", "since_1": "00:00"}, "since"),
    ({"what": "address", "ip_address": "nonsense", **SINCE}, "ip_address"),
    ({"what": "address", "ip_address": "192.0.2.1"}, "since"),
    ({"what": "action_type", "action_type": "NOPE", **SINCE}, "action_type"),
    ({"what": "events", "events": "bogus\nmore"}, "events"),
    ({"what": "events", "events": " , "}, "events"),
    ({"what": "award", "user_id": "ana", "points": "0"}, "points"),
    ({"what": "award", "user_id": "ana", "points": "1e3"}, "points"),
    ({"what": "award", "user_id": "ana", "points": str(2**53 + 1)}, "points"),
]


def test_a_field_that_is_wrong_says_so(moderator: Client) -> None:
    for sent, field in WRONG:
        page = moderator.post(FORM, {**sent, **CONFIRM})
        assert (page.status_code, list(page.context["form"].errors)) == (200, [field]), sent
    assert not Moderation.objects.exists()


def test_what_no_longer_fits_when_it_is_confirmed_is_told_on_the_page(moderator: Client) -> None:
    asked = moderator.post(FORM, {"what": "award", "user_id": "ana", "points": str(2**53)})
    page = moderator.post(FORM, {**hidden_fields(asked), **CONFIRM})
    assert page.status_code == 200
    assert "errornote" in page.content.decode()
    assert score_of("ana") == 1000


def test_one_that_was_interrupted_is_listed_as_such_and_run_again(moderator: Client) -> None:
    moderation = begin_moderation(Selection(user_id="ana"), reason="a cheat")
    assert "running, or interrupted" in moderator.get(MODERATIONS, {"status": "unfinished"}).content.decode()
    run = f"{MODERATIONS}{moderation.pk}/run/"
    assert "-1,000 in all" in moderator.get(run).content.decode()
    moderator.post(run, {"confirm": "x", "reason": "go on"})
    assert score_of("ana") == 0
    assert moderator.get(f"{MODERATIONS}{moderation.pk}/change/").status_code == 200
    assert moderator.get(f"{MODERATIONS}nope/undo/").status_code == 404
