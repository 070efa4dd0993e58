"""`manage.py moderate`: reverse many events and undo that, hide and ban users, award points, list what there is."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from scoreboard_project.api.errors import ApiError
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.runtime.postgres.states import explain
from scores.management.moderation.options import add_steps
from scores.management.moderation.refusals import refusal
from scores.management.moderation.steps import take_step

NEVER_SCORED = "{} has never scored. Make sure that this is the right user id."


class Command(AuditedCommand):
    help = (
        "Reverses everything of a user, an address or an action type between two times, and undoes that; hides and "
        "bans users; revokes their tokens; holds what users do, and decides about it; awards or deducts points; lists "
        "moderations and held actions. Each step is in the audit with its reason. A command that was interrupted can "
        "be run again: nothing counts twice. See docs/moderation.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_steps(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the outcome as JSON, and a list as a table."""
        try:
            done = take_step(options)
        except ApiError as error:
            raise refusal(error) from error
        except DatabaseError as error:
            raise CommandError(f"The command stopped. Run it again. Database error: {explain(error)}") from error
        if isinstance(done, str):
            self.stdout.write(done)
            return
        for user in done.get("states", ()):
            if not user["hasScored"]:
                self.stderr.write(NEVER_SCORED.format(user["userId"]))
        self.stdout.write(json.dumps(done, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
