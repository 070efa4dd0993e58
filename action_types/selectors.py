"""Reads action types."""

from django.db.models import QuerySet

from action_types.models import ActionType


def list_active_action_types() -> QuerySet[ActionType]:
    """The active action types, by code."""
    return ActionType.objects.filter(is_active=True).order_by("action_type")
