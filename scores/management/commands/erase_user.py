"""`manage.py erase_user USER_ID`: forget who someone was."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoreboard_project.api.errors import UserNotFound
from scores.operations.erasure import count_held, erase_user


class Command(BaseCommand):
    """Erase a user."""

    help = (
        "Replaces the user's id by a random one and the username by a general one, and removes metadata, addresses, "
        "user agents and request ids. Scores and the sums of the ledger stay. It cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's options."""
        parser.add_argument("user_id")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, erase, and say under which id the score stays."""
        user_id = options["user_id"]
        try:
            events, requests = count_held(user_id)
            if not options["yes"] and not self._is_sure(user_id, events):
                raise CommandError("Nothing was erased.")
            erased, redis_forgot = erase_user(user_id)
        except UserNotFound as error:
            raise CommandError(f"Nothing is held about {user_id!r}.") from error
        summary = {"erasedAs": erased, "scoreEvents": events, "scoreRequests": requests, "redisForgot": redis_forgot}
        if options["json"]:
            self.stdout.write(json.dumps(summary))
        else:
            self.stdout.write(f"Erased; the score stays as {erased}, with {events} score events.")
        if not redis_forgot:
            self.stderr.write(
                "Redis is away and may still hold the user id: run `manage.py reindex_ranks` when it is back."
            )

    def _is_sure(self, user_id: str, events: int) -> bool:
        answer = input(f"Erase {user_id!r} with {events} score events? It cannot be undone. Type yes: ")
        return answer.strip().lower() == "yes"
