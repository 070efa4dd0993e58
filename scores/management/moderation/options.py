"""The steps of `manage.py moderate` as argparse knows them."""

from argparse import ArgumentParser

from scores.management.arguments import moment, reason, whole_number
from scores.trust.lists import HELD_STATUSES, MODERATION_STATUSES
from scores.trust.selections import MAX_ACTIONS

USER_STEPS = {
    "hide": "take users off every board; they may play on",
    "show": "put hidden users back",
    "ban": "refuse the tokens of users, and hide them; they need not have scored",
    "unban": "end a ban",
    "hold": "let what users do from now on wait for a decision; they must have scored",
    "release": "let what held users do count again",
    "revoke-tokens": "refuse the tokens that users, game servers or staff have now",
}
REASON = "why; kept in the audit, and users do not see it"
ACTIONS = f"these actions, at most {MAX_ACTIONS}"


def add_steps(parser: ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True)
    _add_reverse(steps.add_parser("reverse", help="reverse events"))
    for name, text in (("run", "finish a moderation"), ("undo", "let its events count again")):
        step = steps.add_parser(name, help=text)
        step.add_argument("moderation_id", metavar="MODERATION_ID", help="as `moderate list` shows it")
    for name, text in USER_STEPS.items():
        steps.add_parser(name, help=text).add_argument("user_ids", nargs="+", metavar="USER_ID")
    for name, text in (("approve", "let held actions count"), ("reject", "let held actions never count")):
        _add_held_choice(steps.add_parser(name, help=text))
    _add_award(steps.add_parser("award", help="add points to a user's score, or deduct negative ones"))
    for name, step in steps.choices.items():
        if name != "run":
            step.add_argument("--reason", type=reason, required=True, help=REASON)
    _add_lists(steps.add_parser("list", help="list moderations"), steps.add_parser("held", help="list held actions"))


def _add_reverse(step: ArgumentParser) -> None:
    what = step.add_mutually_exclusive_group(required=True)
    what.add_argument("--actions", nargs="+", dest="action_ids", metavar="ACTION_ID", help=ACTIONS)
    what.add_argument(
        "--user", dest="user_id", metavar="USER_ID", help="everything of this user, awards and deductions too"
    )
    what.add_argument("--address", dest="ip_address", metavar="ADDRESS", help="everything from this address")
    what.add_argument("--action-type", metavar="CODE", help="everything of this action type")
    step.add_argument("--since", type=moment, metavar="TIME", help="events from this UTC time on")
    step.add_argument("--until", type=moment, metavar="TIME", help="events before this UTC time")
    step.add_argument("--dry-run", action="store_true", help="show what would happen, and change nothing")


def _add_held_choice(step: ArgumentParser) -> None:
    step.add_argument("--actions", nargs="+", dest="action_ids", metavar="ACTION_ID", help=ACTIONS)
    step.add_argument("--user", dest="user_id", metavar="USER_ID", help="those of this user")
    step.add_argument("--action-type", metavar="CODE", help="those of this action type")
    step.add_argument("--since", type=moment, metavar="TIME", help="reported from this UTC time on")
    step.add_argument("--until", type=moment, metavar="TIME", help="reported before this UTC time")
    step.add_argument("--dry-run", action="store_true", help="show how many, and change nothing")


def _add_award(step: ArgumentParser) -> None:
    step.add_argument("user_id", metavar="USER_ID", help="a user who has scored")
    step.add_argument("points", type=int, metavar="POINTS", help="such as 500, or -500 to deduct them")
    step.add_argument(
        "--id", dest="award_id", metavar="ID", help="counts once, however often it is run (a new one each time)"
    )


def _add_lists(moderations: ArgumentParser, held: ArgumentParser) -> None:
    moderations.add_argument("--status", choices=MODERATION_STATUSES, help="only those with this status")
    held.add_argument("--status", choices=HELD_STATUSES, default="held", help="held are those that wait (%(default)s)")
    held.add_argument("--action-type", metavar="CODE", help="only those of this action type")
    for step in (moderations, held):
        step.add_argument("--user", dest="user_id", metavar="USER_ID", help="only those of this user")
        step.add_argument("--limit", type=whole_number, default=50, help="how many to list (%(default)s)")
        step.add_argument("--offset", type=whole_number, default=0, help="how many to skip (%(default)s)")
        step.add_argument("--json", action="store_true", help="print JSON, as the API answers")
