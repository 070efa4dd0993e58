"""The project as a Django app, so that it can register its system checks."""

from django.apps import AppConfig
from django.core.checks import register

from scoreboard_project.checks import CHECKS


class ProjectConfig(AppConfig):
    name = "scoreboard_project"

    def ready(self) -> None:
        for check in CHECKS:
            register(check)
