"""`manage.py export_user USER_ID`: everything that is held about one user."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoreboard_project.api.errors import UserNotFound
from scores.operations.exports import write_user


class Command(BaseCommand):
    """Export a user."""

    help = "Writes everything that is held about one user to stdout, as JSON: the score, every event, every request id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's argument."""
        parser.add_argument("user_id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write."""
        try:
            write_user(options["user_id"], sys.stdout)
        except UserNotFound as error:
            raise CommandError(f"Nothing is held about {options['user_id']!r}.") from error
