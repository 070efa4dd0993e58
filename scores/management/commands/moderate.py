"""`manage.py moderate`: reverse many events and undo that, hide and ban users, award points."""

import json
import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError
from tqdm import tqdm

from scoreboard_project.api.errors import ApiError
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.runtime.postgres.states import explain
from scoreboard_project.tokens.revocations import revoke_tokens
from scores.management.arguments import moment, reason
from scores.models import Moderation
from scores.operations.reversals import ReversalSummary
from scores.progress import Advance
from scores.trust.awards import award_points
from scores.trust.moderations import begin_moderation, find_moderation, run_moderation, undo_moderation
from scores.trust.previews import preview_moderation
from scores.trust.quarantine import (
    HeldSelection,
    approve_held,
    hold_users,
    preview_decision,
    reject_held,
    release_users,
)
from scores.trust.selections import Selection
from scores.trust.visibility import ban_users, hide_users, show_users, unban_users

USER_STEPS = {
    "hide": hide_users,
    "show": show_users,
    "ban": ban_users,
    "unban": unban_users,
    "hold": hold_users,
    "release": release_users,
    "revoke-tokens": revoke_tokens,
}
USER_HELP = {"revoke-tokens": "refuse the tokens that users, game servers or staff have now"}
DECISIONS = {"approve": "let held actions count", "reject": "let held actions never count"}


class Command(AuditedCommand):
    help = (
        "Reverses everything of a user, an address or an action type between two times, and undoes that; hides and "
        "bans users; revokes their tokens; holds what users do, and decides about it; awards or deducts points. Each "
        "step is in the audit with its reason. A command that was interrupted can be run again: nothing counts twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        reverse = steps.add_parser("reverse", help="reverse events")
        what = reverse.add_mutually_exclusive_group(required=True)
        what.add_argument("--actions", nargs="+", dest="action_ids", metavar="ACTION_ID", help="these actions")
        what.add_argument("--user", dest="user_id", metavar="USER_ID", help="everything of this user")
        what.add_argument("--address", dest="ip_address", metavar="ADDRESS", help="everything from this address")
        what.add_argument("--action-type", metavar="CODE", help="everything of this action type")
        reverse.add_argument("--since", type=moment, metavar="TIME", help="events from this UTC time on")
        reverse.add_argument("--until", type=moment, metavar="TIME", help="events before this UTC time")
        reverse.add_argument("--dry-run", action="store_true", help="show what would happen, and change nothing")
        for name, text in (("run", "finish a moderation"), ("undo", "let its events count again")):
            steps.add_parser(name, help=text).add_argument("moderation_id")
        for name in USER_STEPS:
            steps.add_parser(name, help=USER_HELP.get(name, f"{name} users")).add_argument(
                "user_ids", nargs="+", metavar="USER_ID"
            )
        for name, text in DECISIONS.items():
            _add_held_arguments(steps.add_parser(name, help=text))
        award = steps.add_parser("award", help="add points, or deduct negative ones")
        award.add_argument("user_id")
        award.add_argument("points", type=int)
        award.add_argument("--id", dest="award_id", help="counts once, however often it is run (a new one each time)")
        for step in steps.choices.values():
            if not step.prog.endswith(" run"):
                step.add_argument("--reason", type=reason, required=True, help="why; the users can read it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the outcome as JSON."""
        try:
            done = STEPS.get(options["step"], _user_step)(options)
        except ApiError as error:
            raise CommandError(f"{error} {json.dumps(error.details)}" if error.details else str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The command stopped. Run it again. Database error: {explain(error)}") from error
        self.stdout.write(json.dumps(done, cls=DjangoJSONEncoder))


def _add_held_arguments(step: ArgumentParser) -> None:
    step.add_argument("--actions", nargs="+", dest="action_ids", metavar="ACTION_ID", help="these actions")
    step.add_argument("--user", dest="user_id", metavar="USER_ID", help="those of this user")
    step.add_argument("--action-type", metavar="CODE", help="those of this action type")
    step.add_argument("--since", type=moment, metavar="TIME", help="reported from this UTC time on")
    step.add_argument("--until", type=moment, metavar="TIME", help="reported before this UTC time")
    step.add_argument("--dry-run", action="store_true", help="show how many, and change nothing")


def _decide(options: Mapping[str, Any]) -> dict[str, Any]:
    chosen = HeldSelection(**{field: options[field] for field in HeldSelection.__struct_fields__})
    if options["dry_run"]:
        return asdict(preview_decision(chosen))
    if options["step"] == "reject":
        return asdict(reject_held(chosen, reason=options["reason"]))
    with tqdm(unit=" actions", disable=None) as bar:
        return asdict(approve_held(chosen, reason=options["reason"], advance=bar.update))


def _reverse(options: Mapping[str, Any]) -> dict[str, Any]:
    chosen = Selection(**{field: options[field] for field in Selection.__struct_fields__})
    if options["dry_run"]:
        found = preview_moderation(chosen)
        return {**asdict(found), "top": [row._asdict() for row in found.top]}
    moderation = begin_moderation(chosen, reason=options["reason"])
    return _watched(moderation, lambda advance: run_moderation(moderation, advance))


def _run(options: Mapping[str, Any]) -> dict[str, Any]:
    moderation = find_moderation(options["moderation_id"])
    return _watched(moderation, lambda advance: run_moderation(moderation, advance))


def _undo(options: Mapping[str, Any]) -> dict[str, Any]:
    moderation = find_moderation(options["moderation_id"])
    return _watched(moderation, lambda advance: undo_moderation(moderation, reason=options["reason"], advance=advance))


def _watched(moderation: Moderation, work: Callable[[Advance], ReversalSummary]) -> dict[str, Any]:
    with tqdm(unit=" events", disable=None) as bar:
        return {"moderationId": moderation.moderation_id, **asdict(work(bar.update))}


def _award(options: Mapping[str, Any]) -> dict[str, Any]:
    award_id = options["award_id"] or str(uuid.uuid4())
    recorded = award_points(options["user_id"], options["points"], reason=options["reason"], award_id=award_id)
    return {"id": award_id, "actionId": recorded.action_id, "newScore": recorded.new_score}


def _user_step(options: Mapping[str, Any]) -> dict[str, Any]:
    changed = USER_STEPS[options["step"]](options["user_ids"], reason=options["reason"])
    return {"userIds": options["user_ids"], "changed": changed}


STEPS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "reverse": _reverse,
    "run": _run,
    "undo": _undo,
    "approve": _decide,
    "reject": _decide,
    "award": _award,
}
