"""The API's shared parts as a Django app: system checks and the token command."""

from django.apps import AppConfig
from django.core.checks import register

from scoreboard_project.api.checks import CHECKS


class ApiConfig(AppConfig):
    """Registers the system checks."""

    name = "scoreboard_project.api"
    label = "api"

    def ready(self) -> None:
        """Django calls this once all apps are loaded."""
        for check in CHECKS:
            register(check)
