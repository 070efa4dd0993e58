"""The project as a Django app, so that it can register its system checks."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from scoreboard_project.checks import CHECKS, DATABASE_CHECKS


class ProjectConfig(AppConfig):
    name = "scoreboard_project"

    def ready(self) -> None:
        for check in CHECKS:
            register(check)
        for check in DATABASE_CHECKS:
            register(check, Tags.database)
