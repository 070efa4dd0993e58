"""What an action is worth: a table that administrators tune."""

from django.apps import AppConfig


class ActionTypesConfig(AppConfig):
    """The action types and their admin."""

    name = "action_types"
    verbose_name = "Action types"
