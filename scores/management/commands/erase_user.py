"""`manage.py erase_user USER_ID`: remove everything that identifies a user."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.command import AuditedCommand
from scores.management.arguments import reason
from scores.operations.erasure import count_held, erase_user

# The code that a shell reports for a command that Ctrl-C ended.
INTERRUPTED = 130


class Command(AuditedCommand):
    help = (
        "Removes everything that identifies a user. Replaces the user id with a random id and the username with a "
        "general one, and removes metadata, IP addresses, user agents and request ids. The score and the points of "
        "each score event stay. This cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_id")
        parser.add_argument("--reason", type=reason, help="why, for the audit; without anything that says who it was")
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = options["user_id"]
        try:
            events, requests = count_held(user_id)
            if not options["yes"] and not self._is_sure(user_id, events):
                raise CommandError("Nothing was erased.")
            erased, redis_forgot = erase_user(user_id, reason=options["reason"] or "")
        except UserNotFound as error:
            raise CommandError(f"There is no user {user_id!r}, so there is nothing to erase.") from error
        summary = {"erasedAs": erased, "scoreEvents": events, "scoreRequests": requests, "redisForgot": redis_forgot}
        if options["json"]:
            self.stdout.write(json.dumps(summary))
        else:
            self.stdout.write(f"User erased. The score and its {events} score events now belong to {erased}.")
        if not redis_forgot:
            self.stderr.write(
                "Redis may still hold the user id. The servers remove it when Redis accepts writes again; if no server "
                "runs, run `manage.py reindex_ranks` then."
            )

    def _is_sure(self, user_id: str, events: int) -> bool:
        try:
            # On stderr, because stdout may be a file. Standard input is None when it is closed.
            if sys.stdin and sys.stdin.isatty():
                question = (
                    f"Erase {user_id!r} with {events} score events? This cannot be undone. Type yes to continue: "
                )
                self.stderr.write(question, str, ending="")
            return input("").strip().lower() == "yes"
        except (EOFError, RuntimeError):
            raise CommandError(
                "Nothing was erased, because nobody is there to answer. Add --yes to erase without asking."
            ) from None
        except KeyboardInterrupt:
            raise CommandError("Nothing was erased.", returncode=INTERRUPTED) from None
