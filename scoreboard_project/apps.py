"""The project as a Django app: its system checks."""

from django.apps import AppConfig
from django.core.checks import register

from scoreboard_project.checks import CHECKS


class ProjectConfig(AppConfig):
    """Registers the system checks."""

    name = "scoreboard_project"

    def ready(self) -> None:
        for check in CHECKS:
            register(check)
