"""The base of the commands that change something: what they do is audited under their name."""

from typing import Any

from django.core.management.base import BaseCommand

from scoreboard_project.audit.actor import acting_as, command_actor


class AuditedCommand(BaseCommand):
    """Acts as `command:<name>`, with the account of the operating system."""

    def execute(self, *args: Any, **options: Any) -> str | None:  # noqa: ANN401 - Django's signature
        name = type(self).__module__.rpartition(".")[2]
        with acting_as(lambda: command_actor(name)):
            return super().execute(*args, **options)
