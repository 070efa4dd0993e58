"""Changing an action type changes only the given fields."""

import pytest

from action_types.models import ActionType
from action_types.services import change_action_type

pytestmark = pytest.mark.django_db


def test_it_changes_only_the_fields_it_was_given() -> None:
    ActionType.objects.filter(pk="DAILY_BONUS").update(category="someone else's")
    changes = change_action_type("DAILY_BONUS", values={"score_value": 60}, changed_by="ada")
    row = ActionType.objects.get(pk="DAILY_BONUS")
    assert (row.score_value, row.category) == (60, "someone else's")
    assert [str(change) for change in changes] == ["score value 50 → 60"]


def test_it_moves_updated_at_only_when_something_changed() -> None:
    before = ActionType.objects.get(pk="DAILY_BONUS").updated_at
    assert change_action_type("DAILY_BONUS", values={"score_value": 50}, changed_by="ada") == []
    assert ActionType.objects.get(pk="DAILY_BONUS").updated_at == before
    change_action_type("DAILY_BONUS", values={"score_value": 51}, changed_by="ada")
    assert ActionType.objects.get(pk="DAILY_BONUS").updated_at > before


def test_it_tells_texts_and_switches_readably() -> None:
    changes = change_action_type("DAILY_BONUS", values={"category": "", "is_active": False}, changed_by="ada")
    assert [str(change) for change in changes] == ["category “engagement” → “”", "active yes → no"]


def test_it_refuses_an_unknown_code() -> None:
    with pytest.raises(ActionType.DoesNotExist):
        change_action_type("NOT_THERE", values={"score_value": 1}, changed_by="ada")
