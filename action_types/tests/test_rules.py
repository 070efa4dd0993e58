"""The rules of action types: what the admin takes, what it refuses, and what the database refuses in any case."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, transaction
from django.test import Client

from action_types.models import ActionType

CHANGE = "/admin/action_types/actiontype/LEVEL_5FCOMPLETE/change/"
FORM = {"score_value": "150", "description": "Complete a game level", "category": "gameplay", "is_active": "on"}
default_rules = import_module("action_types.migrations.0003_default_rules")

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    """The browser of a user who may change action types and nothing else."""
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="action_types"))
    client.force_login(user)
    return client


def level_complete() -> ActionType:
    return ActionType.objects.get(pk="LEVEL_COMPLETE")


def test_it_stores_rules_and_tells_them_in_the_history(staff: Client) -> None:
    rules = {
        "max_per_minute": "5",
        "server_only": "on",
        "valid_from_0": "2026-12-01",
        "valid_from_1": "00:00:00",
        "requires_action_type": "BOSS_DEFEAT",
        "requires_count": "2",
        "metadata_schema": '{"required": ["level"]}',
    }
    assert staff.post(CHANGE, {**FORM, **rules}).status_code == 302
    row = level_complete()
    assert (row.max_per_minute, row.server_only, row.requires_count, row.is_ruled) == (5, True, 2, True)
    assert row.metadata_schema == {"required": ["level"]}
    assert LogEntry.objects.get().get_change_message() == (
        "max per minute none → 5; server only no → yes; valid from none → 2026-12-01 00:00:00+00:00; "
        "requires none → “BOSS_DEFEAT”; requires count none → 2; "
        'metadata schema none → {"required":["level"]}.'
    )
    assert staff.get(CHANGE).status_code == 200


def test_an_emptied_field_is_no_rule(staff: Client) -> None:
    staff.post(CHANGE, {**FORM, "max_per_minute": "5", "metadata_schema": "{}"})
    staff.post(CHANGE, {**FORM, "max_per_minute": "", "metadata_schema": ""})
    assert (level_complete().max_per_minute, level_complete().metadata_schema) == (None, None)
    assert not level_complete().is_ruled


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"max_per_day": "0"}, "greater than or equal to 1"),
        ({"max_ever": "2147483648"}, "less than or equal to 2147483647"),
        ({"max_per_hour": "10001"}, "less than or equal to 10000"),
        ({"requires_action_type": "BOSS_DEFEAT"}, "Give both"),
        ({"requires_count": "2"}, "Give both"),
        ({"requires_action_type": "LEVEL_COMPLETE", "requires_count": "1"}, "cannot require itself"),
        (
            {
                "valid_from_0": "2026-12-02",
                "valid_from_1": "00:00",
                "valid_until_0": "2026-12-01",
                "valid_until_1": "00:00",
            },
            "earlier than valid until",
        ),
        ({"metadata_schema": '{\n"a": }'}, "Line 2, column 6: Expecting value."),
        ({"metadata_schema": '{"required": [], "required": ["a"]}'}, "stands twice in one object"),
        ({"metadata_schema": "[]"}, "A schema is a JSON object."),
        ({"metadata_schema": "false"}, "A schema is a JSON object."),
        ({"metadata_schema": '{"type": "nope"}'}, "The types are array, boolean"),
        ({"metadata_schema": '{"properties": {"a": {"minimum": "x"}}}'}, "$.properties.a.minimum"),
        ({"metadata_schema": '{"pattern": "("}'}, "is not a regular expression"),
        ({"metadata_schema": '{"pattern": "a{99999999999999}"}'}, "is not a regular expression"),
        ({"metadata_schema": '{"pattern": "%s"}' % ("(" * 5000 + ")" * 5000)}, "is not a regular expression"),
        ({"metadata_schema": '{"properites": {"a": {}}}'}, "is not a keyword of JSON Schema"),
        ({"metadata_schema": '{"required": ["a"], "$ref": "#/required"}'}, "must name a part in $defs"),
        ({"metadata_schema": '{"$defs": {"a": {"minimum": "x"}}, "$ref": "#/$defs/a"}'}, "$.$defs.a.minimum"),
        ({"metadata_schema": '{"$defs": {"a": 5}, "$ref": "#/$defs/a"}'}, "$.$defs.a"),
        ({"metadata_schema": '{"not": {"$schema": "http://json-schema.org/draft-03/schema#"}}'}, "not supported here"),
        (
            {"metadata_schema": '{"unevaluatedProperties": false, "not": ' * 3 + "{}" + "}" * 3},
            "unevaluatedProperties at most 2 times",
        ),
        ({"metadata_schema": '{"enum": [' + "0," * 1000 + "0]}"}, "1000 nodes"),
        (
            {"metadata_schema": '{"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}'},
            "must not refer to itself",
        ),
        ({"metadata_schema": '{"$ref": "#"}'}, "must name a part in $defs"),
        ({"metadata_schema": '{"$ref": "https://example.com/schema"}'}, "must name a part in $defs"),
        ({"metadata_schema": '{"$id": "https://example.com/"}'}, "$id is not supported here"),
        ({"metadata_schema": '{"$schema": "http://json-schema.org/draft-07/schema#"}'}, "$schema must be"),
        ({"metadata_schema": '{"not": ' * 40 + "{}" + "}" * 40}, "32 levels"),
        ({"metadata_schema": '{"title": "%s"}' % ("x" * 20_000)}, "at most 16384 bytes"),
        ({"metadata_schema": '{"title": "\\u0000"}'}, "U+0000"),
        ({"metadata_schema": '{"\\ud800": 1}'}, "lone surrogates"),
        ({"metadata_schema": '{"maximum": Infinity}'}, "are finite"),
        ({"metadata_schema": "[" * 100_000}, "too deep"),
        ({"metadata_schema": "9" * 5000}, "too long"),
    ],
)
def test_it_refuses_what_no_rule_can_be_and_says_why(staff: Client, values: dict[str, str], reason: str) -> None:
    answer = staff.post(CHANGE, {**FORM, **values})
    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert not level_complete().is_ruled


@pytest.mark.parametrize(
    "values",
    [
        {"max_per_minute": 0},
        {"cooldown_seconds": -1},
        {"requires_count": 1},
        {"requires_action_type": "LEVEL_COMPLETE", "requires_count": 1},
        {"valid_from": "2026-12-02T00:00Z", "valid_until": "2026-12-02T00:00Z"},
    ],
)
def test_the_database_refuses_it_too(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionType.objects.filter(pk="LEVEL_COMPLETE").update(**values)


def test_the_migration_gives_the_bonuses_their_rules_but_keeps_the_operators() -> None:
    ActionType.objects.update(max_per_day=None, max_ever=None, cooldown_seconds=None)
    ActionType.objects.filter(pk="FIRST_TIME_BONUS").update(max_per_day=7)
    default_rules.set_default_rules(apps, None)
    ruled = ActionType.objects.filter(is_ruled=True).values_list("pk", "max_per_day", "max_ever", "cooldown_seconds")
    assert list(ruled) == [
        ("DAILY_BONUS", 1, None, None),
        ("FIRST_TIME_BONUS", 7, None, None),
        ("STREAK_BONUS", None, None, 86_400),
    ]
