"""The action types: what games may report, and what each action is worth. Administrators change the values."""

from django.apps import AppConfig


class ActionTypesConfig(AppConfig):
    name = "action_types"
    verbose_name = "Action types"
