"""Where administrators set what an action is worth."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest

from action_types.models import ActionType
from action_types.services import FieldChange, change_action_type, create_action_type

NEVER_DELETED = (
    "Action types are never deleted, because score events name them. To refuse all further actions of a type, clear "
    "“active”. A new value applies from the next action on. Scores already earned do not change."
)


RULES = (
    "Each rule that is set refuses actions with ACTION_NOT_ALLOWED. A change holds from the next action on. What users "
    "did before it counts. An empty field is no rule."
)


class SchemaField(forms.JSONField):
    """JSON whose errors are named by line and column, and that repeats no key. Nothing is shown for no schema."""

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """Raises ValidationError."""
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            return json.loads(value, object_pairs_hook=_unique)
        except json.JSONDecodeError as error:
            raise ValidationError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
        except (RecursionError, ValueError):
            # JSON that is well-formed, but that Python cannot read.
            raise ValidationError("The nesting is too deep, or a number too long.") from None

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        return "" if value is None else super().prepare_value(value)

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ANN401 - Django's signature
        """A refused text is shown as it was typed."""
        return initial if self.disabled else InvalidJSONInput(data or "")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValidationError for a repeated key: only one of its values would hold."""
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        raise ValidationError(f"The key {repeated[:100]!r} stands twice in one object.")
    return found


class ActionTypeForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form, and the changes that saving it made."""

    class Meta:
        field_classes: ClassVar = {"metadata_schema": SchemaField}

    changes: Sequence[FieldChange] = ()


@admin.register(ActionType)
class ActionTypeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Saves through `action_types.services`; every change is in the history with its old and new value."""

    form = ActionTypeForm
    list_display = ("action_type", "score_value", "category", "is_active", "has_rules", "hold_scores", "updated_at")
    list_filter = ("is_active", "is_ruled", "hold_scores", "category")
    search_fields = ("action_type", "description", "category")
    ordering = ("action_type",)
    fieldsets: ClassVar = [
        (
            None,
            {
                "description": NEVER_DELETED,
                "fields": ("action_type", "score_value", "description", "category", "is_active"),
            },
        ),
        (
            "How often a user may do it",
            {
                "description": RULES,
                "fields": ("max_per_minute", "max_per_hour", "max_per_day", "max_ever", "cooldown_seconds"),
            },
        ),
        (
            "Other rules",
            {
                "fields": (
                    "server_only",
                    "hold_scores",
                    ("valid_from", "valid_until"),
                    ("requires_action_type", "requires_count"),
                    "metadata_schema",
                ),
            },
        ),
        ("Times", {"fields": ("created_at", "updated_at")}),
    ]
    actions = ("activate", "deactivate")

    @admin.display(boolean=True, description="rules", ordering="is_ruled")
    def has_rules(self, action_type: ActionType) -> bool:
        return bool(action_type.is_ruled)

    def get_readonly_fields(self, request: HttpRequest, obj: ActionType | None = None) -> tuple[str, ...]:
        """The code cannot be changed after the type was created."""
        times = ("created_at", "updated_at")
        return ("action_type", *times) if obj else times

    def has_delete_permission(self, request: HttpRequest, obj: ActionType | None = None) -> bool:
        """Nobody: see NEVER_DELETED."""
        return False

    def save_model(self, request: HttpRequest, obj: ActionType, form: Any, change: bool) -> None:  # noqa: ANN401 - Django's signature
        """Create the type, or change the fields that the form changed."""
        user = request.user.get_username()
        if change:
            values = {field: form.cleaned_data[field] for field in form.changed_data}
            form.changes = change_action_type(obj.pk, values=values, changed_by=user)
        else:
            create_action_type(obj, created_by=user)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: ANN401 - Django's signature
        """For the history: `score value 150 → 175`."""
        if add:
            return f"Added with score value {form.instance.score_value}."
        return _history_line(form.changes)

    @admin.action(description="Activate the selected action types", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[ActionType]) -> None:
        """Games may report them again."""
        self._set_active(request, queryset, is_active=True)

    @admin.action(description="Deactivate the selected action types", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[ActionType]) -> None:
        """The next action of these types is refused."""
        self._set_active(request, queryset, is_active=False)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[ActionType], *, is_active: bool) -> None:
        changed = 0
        for row in queryset:
            user = request.user.get_username()
            changes = change_action_type(row.pk, values={"is_active": is_active}, changed_by=user)
            if changes:
                self.log_change(request, row, _history_line(changes))
                changed += 1
        self.message_user(request, f"Action types changed: {changed}.", messages.SUCCESS)


def _history_line(changes: Sequence[FieldChange]) -> str:
    return "; ".join(str(change) for change in changes) + "." if changes else "No fields changed."
