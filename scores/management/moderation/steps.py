"""The steps of `manage.py moderate`: each calls its service, and returns what to print."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from scoreboard_project.tokens.revocations import revoke_tokens
from scores.management.moderation import lists
from scores.models import Moderation
from scores.operations.reversals import ReversalSummary
from scores.progress import Advance
from scores.trust.awards import award_points
from scores.trust.moderations import NothingLeft, begin_moderation, find_moderation, run_moderation, undo_moderation
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
from scores.trust.user_states import states_of
from scores.trust.visibility import ban_users, hide_users, show_users, unban_users

Options = Mapping[str, Any]
# JSON, or a text that is printed as it is.
Outcome = dict[str, Any] | str
USER_SERVICES = {
    "hide": hide_users,
    "show": show_users,
    "ban": ban_users,
    "unban": unban_users,
    "hold": hold_users,
    "release": release_users,
    "revoke-tokens": revoke_tokens,
}


def take_step(options: Options) -> Outcome:
    """Raises ApiError, or Django's database errors."""
    return STEPS.get(options["step"], _moderate_users)(options)


def _moderate_users(options: Options) -> Outcome:
    user_ids = list(dict.fromkeys(options["user_ids"]))
    changed = USER_SERVICES[options["step"]](user_ids, reason=options["reason"])
    states = [{"userId": user_id, **_camel(asdict(state))} for user_id, state in states_of(user_ids).items()]
    return {"changed": changed, "states": states}


def _decide(options: Options) -> Outcome:
    chosen = HeldSelection(**{field: options[field] for field in HeldSelection.__struct_fields__})
    chosen.check()
    if options["dry_run"]:
        return _camel(asdict(preview_decision(chosen)))
    if options["step"] == "reject":
        return _camel(asdict(reject_held(chosen, reason=options["reason"])))
    with tqdm(unit=" actions", disable=None) as bar:
        return _camel(asdict(approve_held(chosen, reason=options["reason"], advance=bar.update)))


def _reverse(options: Options) -> Outcome:
    chosen = Selection(**{field: options[field] for field in Selection.__struct_fields__})
    if options["dry_run"]:
        return _previewed(chosen)
    try:
        moderation = begin_moderation(chosen, reason=options["reason"])
    except NothingLeft as nothing:
        return _told(ReversalSummary(already_reversed=nothing.already_reversed))
    return _watched(moderation, lambda advance: run_moderation(moderation, advance))


def _previewed(chosen: Selection) -> Outcome:
    found = preview_moderation(chosen)
    board = [{"rank": rank, **_camel(row._asdict())} for rank, row in enumerate(found.top, start=1)]
    counts = _camel({name: value for name, value in asdict(found).items() if name != "top"})
    return {**counts, "leaderboard": board}


def _run(options: Options) -> Outcome:
    moderation = find_moderation(options["moderation_id"])
    return _watched(moderation, lambda advance: run_moderation(moderation, advance))


def _undo(options: Options) -> Outcome:
    moderation = find_moderation(options["moderation_id"])
    return _watched(moderation, lambda advance: undo_moderation(moderation, reason=options["reason"], advance=advance))


def _watched(moderation: Moderation, work: Callable[[Advance], ReversalSummary]) -> Outcome:
    with tqdm(unit=" events", disable=None) as bar:
        return {"moderationId": moderation.moderation_id, **_told(work(bar.update))}


def _told(summary: ReversalSummary) -> dict[str, Any]:
    """As the API tells it, with the reasons of those that were refused."""
    counts = {"events": summary.reversed, "points": summary.points, "alreadyReversed": summary.already_reversed}
    return {**counts, "refused": summary.refused, "problems": summary.problems}


def _award(options: Options) -> Outcome:
    award_id = options["award_id"] or str(uuid.uuid4())
    recorded = award_points(options["user_id"], options["points"], reason=options["reason"], award_id=award_id)
    return {"id": award_id, "actionId": recorded.action_id, "newScore": recorded.new_score}


def _camel(values: Mapping[str, Any]) -> dict[str, Any]:
    """Named as the API names them."""
    return {_camel_name(name): value for name, value in values.items()}


def _camel_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


STEPS: Mapping[str, Callable[[Options], Outcome]] = {
    "reverse": _reverse,
    "run": _run,
    "undo": _undo,
    "approve": _decide,
    "reject": _decide,
    "award": _award,
    "list": lists.moderations,
    "held": lists.held,
}
