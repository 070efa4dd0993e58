"""The admin of action types: permissions, what is stored, and what the history and the audit log say."""

import logging
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from action_types.models import ActionType

LIST = "/admin/action_types/actiontype/"
CHANGE = f"{LIST}LEVEL_5FCOMPLETE/change/"
FORM = {"score_value": "175", "description": "Complete a game level", "category": "gameplay", "is_active": "on"}


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    """The browser of a user who may change action types and nothing else."""
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="action_types"))
    client.force_login(user)
    return client


def test_it_lists_values_and_finds_by_code(staff: Client) -> None:
    page = staff.get(LIST, {"q": "boss"}).content.decode()
    assert "BOSS_DEFEAT" in page
    assert "1000" in page
    assert "LEVEL_COMPLETE" not in page


def test_it_needs_the_permission(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("eve", is_staff=True))
    assert client.get(CHANGE).status_code == 403
    assert client.post(CHANGE, FORM).status_code == 403
    assert ActionType.objects.get(pk="LEVEL_COMPLETE").score_value == 150


def test_it_asks_strangers_to_log_in(client: Client, db: None) -> None:
    assert "/admin/login/" in client.get(LIST)["Location"]


def test_it_keeps_old_and_new_value_in_the_history(staff: Client) -> None:
    assert staff.post(CHANGE, FORM).status_code == 302
    assert LogEntry.objects.get().get_change_message() == "score value 150 → 175."
    assert "score value 150 → 175." in staff.get(CHANGE.replace("change", "history")).content.decode()


def test_it_says_that_nothing_changed(staff: Client) -> None:
    staff.post(CHANGE, {**FORM, "score_value": "150"})
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_it_writes_an_audit_line(
    staff: Client, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with caplog.at_level(logging.INFO, "scoreboard.audit"), django_capture_on_commit_callbacks(execute=True):
        staff.post(CHANGE, {**FORM, "is_active": ""}, headers={"X-Request-ID": "req-1"})
    (line,) = [vars(record) for record in caplog.records if record.name == "scoreboard.audit"]
    assert (line["user"], line["actionType"]) == ("ada", "LEVEL_COMPLETE")
    assert line["old"] == {"score_value": 150, "is_active": True}
    assert line["new"] == {"score_value": 175, "is_active": False}


def test_it_never_changes_a_code(staff: Client) -> None:
    staff.post(CHANGE, {**FORM, "action_type": "RENAMED"})
    assert not ActionType.objects.filter(pk="RENAMED").exists()
    assert 'name="action_type"' not in staff.get(CHANGE).content.decode()


def test_it_deletes_nothing_and_says_why(staff: Client) -> None:
    assert staff.get(CHANGE.replace("change", "delete")).status_code == 403
    assert staff.post(LIST, {"action": "delete_selected", "_selected_action": "LEVEL_COMPLETE", "post": "yes"})
    assert ActionType.objects.filter(pk="LEVEL_COMPLETE").exists()
    assert "never deleted" in staff.get(CHANGE).content.decode()


def test_it_adds_a_type(staff: Client) -> None:
    assert staff.post(f"{LIST}add/", {**FORM, "action_type": "SECRET_FOUND"}).status_code == 302
    assert ActionType.objects.get(pk="SECRET_FOUND").score_value == 175
    assert LogEntry.objects.get().get_change_message() == "Added with score value 175."


@pytest.mark.parametrize("code", ["lower_case", "WITH BLANK", "LEVEL_COMPLETE", "", "1ST"])
def test_it_refuses_a_code_that_no_game_could_send(staff: Client, code: str) -> None:
    assert staff.post(f"{LIST}add/", {**FORM, "action_type": code}).status_code == 200
    assert ActionType.objects.count() == 8


@pytest.mark.parametrize("value", ["2147483648", "1.5", "", "many"])
def test_it_refuses_a_value_that_is_no_32_bit_integer(staff: Client, value: str) -> None:
    assert staff.post(CHANGE, {**FORM, "score_value": value}).status_code == 200
    assert ActionType.objects.get(pk="LEVEL_COMPLETE").score_value == 150


def test_it_deactivates_the_selected(staff: Client) -> None:
    staff.post(LIST, {"action": "deactivate", "_selected_action": ["LEVEL_COMPLETE", "BOSS_DEFEAT"]})
    assert ActionType.objects.filter(is_active=False).count() == 2
    assert {entry.get_change_message() for entry in LogEntry.objects.all()} == {"active yes → no."}
