"""Writes action types. A new value applies to the next action in every process, because each action reads it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from action_types.models import ActionType
from action_types.rules import RULE_FIELDS
from scoreboard_project.audit.entries import record_change

audit_log = logging.getLogger("scoreboard.audit")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """The old and the new value of one field of an action type."""

    field: str
    old: Any
    new: Any

    def __str__(self) -> str:
        name = getattr(ActionType._meta.get_field(self.field), "verbose_name", self.field)
        return f"{name} {_readable(self.old)} → {_readable(self.new)}"


def create_action_type(action_type: ActionType, *, created_by: str) -> None:
    """Store a new action type. Raises IntegrityError when its code is taken."""
    with transaction.atomic():
        action_type.save(force_insert=True)
        record_change("action_type.added", target=_target(action_type.pk), new=_values(action_type))
        _audit_on_commit("action type created", action_type.pk, created_by, old={}, new=_values(action_type))


def ensure_reserved_action_type(code: str, *, description: str, category: str) -> None:
    """Create the type of score events that an operator writes. It is inactive, so no game can report it."""
    defaults = {"score_value": 0, "is_active": False, "category": category, "description": description}
    with transaction.atomic():
        action_type, is_new = ActionType.objects.get_or_create(action_type=code, defaults=defaults)
        if is_new:
            record_change("action_type.added", target=_target(code), new=_values(action_type))


def change_action_type(code: str, *, values: Mapping[str, Any], changed_by: str) -> Sequence[FieldChange]:
    """Set only the fields named in `values`, so that concurrent changes of other fields are kept.

    Returns the changes, compared with the locked row. Raises ActionType.DoesNotExist.
    """
    with transaction.atomic():
        row = ActionType.objects.select_for_update().get(pk=code)
        changes = [
            FieldChange(field, old, new)
            for field, value in values.items()
            if (old := _plain(getattr(row, field))) != (new := _plain(value))
        ]
        if not changes:
            return changes
        for change in changes:
            setattr(row, change.field, values[change.field])
        row.save(update_fields=[*(change.field for change in changes), "updated_at"])
        old, new = {c.field: c.old for c in changes}, {c.field: c.new for c in changes}
        record_change("action_type.changed", target=_target(code), old=old, new=new)
        _audit_on_commit("action type changed", code, changed_by, old=old, new=new)
    return changes


def _target(code: str) -> str:
    return f"action_type:{code}"


def _audit_on_commit(message: str, code: str, user: str, *, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    extra = {"user": user, "actionType": code, "old": old, "new": new}
    transaction.on_commit(lambda: audit_log.info(message, extra=extra))


def _values(action_type: ActionType) -> dict[str, Any]:
    fields = ("score_value", "description", "category", "is_active", *RULE_FIELDS)
    values = {field: _plain(getattr(action_type, field)) for field in fields}
    return {field: value for field, value in values.items() if field not in RULE_FIELDS or value not in (None, False)}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field's value
    """A required action type by its code."""
    return value.pk if isinstance(value, ActionType) else value


def _readable(value: Any) -> str:  # noqa: ANN401 - any field's value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return f"“{value}”" if isinstance(value, str) else str(value)
