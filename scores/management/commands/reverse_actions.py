"""`manage.py reverse_actions`: reverse actions that should not have counted."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from tqdm import tqdm

from scoreboard_project.api.errors import ApiError
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.runtime.postgres.states import explain
from scores.management.arguments import moment, reason
from scores.management.moderation.refusals import refusal
from scores.operations.reversals import ReversalSummary, actions_of, reverse_actions
from scores.trust.existence import check_period, check_users


class Command(AuditedCommand):
    help = (
        "Reverses actions that should not have counted. The ledger is append-only, so each reversal is a new score "
        "event of the type REVERSAL that names the reversed event. An action is reversed once, however often you run "
        "this. Reversing a reversal makes the action count again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action_ids", nargs="*", metavar="ACTION_ID", help="the actions, such as action_01a20bea-…")
        parser.add_argument("--user", metavar="USER_ID", help="reverse all actions of this user, instead of ACTION_IDs")
        parser.add_argument("--since", type=moment, metavar="TIME", help="with --user: actions from this UTC time on")
        parser.add_argument("--until", type=moment, metavar="TIME", help="with --user: actions before this UTC time")
        parser.add_argument("--reason", type=reason, required=True, help="why; kept in the audit, users do not see it")
        parser.add_argument("--dry-run", action="store_true", help="show what would be reversed, and change nothing")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["action_ids"]) == bool(options["user"]):
            raise CommandError("Give either action ids or --user USER_ID")
        if not options["user"] and (options["since"] or options["until"]):
            raise CommandError("--since and --until need --user")
        try:
            if options["user"]:
                check_users([options["user"]])
            check_period(options["since"], options["until"])
            summary = self._reverse(options)
        except ApiError as error:
            raise refusal(error) from error
        except DatabaseError as error:
            raise CommandError(
                f"The command stopped. Run it again, and it skips the actions already reversed. "
                f"Database error: {explain(error)}"
            ) from error
        self._print(summary, as_json=options["json"], dry_run=options["dry_run"])
        if summary.refused:
            raise CommandError(f"{summary.refused} actions cannot be reversed", returncode=1)

    def _reverse(self, options: dict[str, Any]) -> ReversalSummary:
        action_ids = options["action_ids"]
        if options["user"]:
            action_ids = actions_of(options["user"], since=options["since"], until=options["until"])
        with tqdm(total=len(action_ids), unit=" actions", disable=None) as bar:
            return reverse_actions(action_ids, reason=options["reason"], dry_run=options["dry_run"], advance=bar.update)

    def _print(self, summary: ReversalSummary, *, as_json: bool, dry_run: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(summary)))
            return
        for problem in summary.problems:
            self.stderr.write(problem)
        self.stdout.write(
            f"{'would be reversed' if dry_run else 'reversed'}: {summary.reversed} ({summary.points:+} points), "
            f"already reversed: {summary.already_reversed}, refused: {summary.refused}"
        )
