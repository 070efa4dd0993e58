"""Changes of Django's users and groups, in the admin and by Django's commands, leave entries without secrets."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from scoreboard_project.audit.models import AuditEntry

USERS, GROUPS = "/admin/auth/user/", "/admin/auth/group/"
PASSWORDS = {"password1": "correct horse battery", "password2": "correct horse battery"}


@pytest.fixture
def root(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def last() -> dict[str, Any]:
    found = AuditEntry.objects.values("who", "origin", "what", "target", "old", "new", "request_id").first()
    assert found
    return dict(found)


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    joined = user.date_joined
    fields = {"username": user.username, "date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"}
    return {**fields, "is_active": "on", **changes}


def test_a_new_staff_user_is_an_entry(root: Client) -> None:
    answer = root.post(
        f"{USERS}add/", {"username": "eve", "usable_password": "true", **PASSWORDS}, headers={"X-Request-ID": "req-1"}
    )
    assert answer.status_code == 302
    entry = last()
    assert (entry["who"], entry["origin"], entry["request_id"]) == ("staff:root", "127.0.0.1", "req-1")
    assert (entry["what"], entry["target"]) == ("staff.added", "staff:eve")
    assert entry["new"]["password"] == "set"
    assert entry["new"]["is_superuser"] is False


def test_an_entry_has_old_and_new_values_of_what_changed(root: Client) -> None:
    eve = User.objects.create_user("eve")
    moderators = Group.objects.create(name="moderators")
    sent = form_of(eve, is_staff="on", groups=[moderators.pk])
    assert root.post(f"{USERS}{eve.pk}/change/", sent).status_code == 302
    entry = last()
    assert (entry["what"], entry["target"]) == ("staff.changed", "staff:eve")
    assert (entry["old"]["is_staff"], entry["new"]["is_staff"]) == (False, True)
    assert (entry["old"]["groups"], entry["new"]["groups"]) == ([], ["moderators"])
    assert "password" not in entry["new"]


def test_a_password_is_never_in_an_entry(root: Client) -> None:
    eve = User.objects.create_user("eve", password="old secret")
    sent = {"set_usable_password": "1", "usable_password": "true", **PASSWORDS}
    assert root.post(f"{USERS}{eve.pk}/password/", sent).status_code == 302
    entry = last()
    assert (entry["what"], entry["old"], entry["new"]) == (
        "staff.changed",
        {"password": "hidden"},
        {"password": "changed"},
    )


@pytest.mark.parametrize("way", ["its page", "the list's action"])
def test_a_deleted_user_is_an_entry(root: Client, way: str) -> None:
    eve = User.objects.create_user("eve", password="old secret")
    if way == "its page":
        root.post(f"{USERS}{eve.pk}/delete/", {"post": "yes"})
    else:
        root.post(USERS, {"action": "delete_selected", "_selected_action": eve.pk, "post": "yes"})
    assert not User.objects.filter(username="eve").exists()
    entry = last()
    assert (entry["what"], entry["target"], entry["old"]["password"]) == ("staff.deleted", "staff:eve", "hidden")


def test_a_new_group_is_an_entry(root: Client) -> None:
    assert root.post(f"{GROUPS}add/", {"name": "moderators"}).status_code == 302
    assert (last()["what"], last()["target"]) == ("group.added", "group:moderators")


def test_a_superuser_made_by_a_command_is_an_entry(db: None) -> None:
    call_command("createsuperuser", username="root", email="root@example.com", interactive=False, verbosity=0)
    entry = last()
    assert (entry["who"], entry["what"], entry["target"]) == ("command:createsuperuser", "staff.added", "staff:root")
    assert "@" in entry["origin"]


def test_a_password_changed_by_a_command_is_an_entry(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("eve")
    monkeypatch.setattr("getpass.getpass", lambda **_: "correct horse battery")
    call_command("changepassword", "eve", verbosity=0)
    assert (last()["what"], last()["target"]) == ("staff.changed", "staff:eve")
