"""The API's shared parts as a Django app: system checks and the token command."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the system checks."""

    name = "scoreboard_project.api"
    label = "api"
