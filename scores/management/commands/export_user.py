"""`manage.py export_user USER_ID`: everything stored about one user."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change, user_target
from scores.operations.exports import write_user
from scores.operations.output_files import open_output


class Command(AuditedCommand):
    help = "Writes everything stored about one user to stdout as JSON: the score, events, request ids, moderation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_id")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with open_output(None) as out:
                write_user(options["user_id"], out)
            record_change("user.exported", target=user_target(options["user_id"]))
        except UserNotFound as error:
            raise CommandError(f"There is no user {options['user_id']!r}, so there is nothing to export.") from error
