"""What the rules of action types say of actions, given what their users did before. No I/O."""

import logging
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from action_types.metadata_schemas import BrokenRule, compiled_schema
from action_types.schema_structure import InvalidSchema
from action_types.selectors import ActionTypeRules
from scoreboard_project.api.errors import ActionNotAllowed
from scores.services.actions import Reporter, ScoreAction
from scores.services.tallies import Counted, Pair

DAY = timedelta(days=1)
MESSAGES = {
    "serverOnly": "Only a game server may report this action",
    "validFrom": "This action is not allowed yet",
    "validUntil": "This action is not allowed any more",
    "metadataSchema": "The metadata does not match the schema of this action type",
    "requires": "The user must do another action first",
    "maxEver": "The user has done this action as often as is allowed",
    "maxPerDay": "The user has done this action as often as is allowed in a day",
    "maxPerHour": "The user has done this action as often as is allowed in an hour",
    "maxPerMinute": "The user has done this action as often as is allowed in a minute",
    "cooldownSeconds": "The user has done this action too recently",
}

log = logging.getLogger("scoreboard.scores")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A row of `used_requests.sql`: the time of the write, and the places of repeated requests, from 1."""

    moment: datetime
    used: Collection[int]


@dataclass(slots=True)
class Judge:
    """Looks at the actions of one write, in order: what it allows or holds counts against the limits of the next."""

    rules: Mapping[str, ActionTypeRules]
    circumstances: Circumstances
    counted: Mapping[Pair, Counted]
    held_users: Collection[str] = ()
    allowed: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    refused: dict[int, ActionNotAllowed] = field(default_factory=dict)

    def look_at(self, actions: Sequence[ScoreAction]) -> None:
        """Sort the actions into allowed, held and refused. Repeats, and actions without a type, are none of these."""
        counted, used = dict(self.counted), set(self.circumstances.used)
        taken: set[tuple[str, str]] = set()
        for at, action in enumerate(actions):
            kind, request = self.rules.get(action.action_type), (action.user_id, action.request_id)
            if kind is None or at + 1 in used or request in taken or not (kind.is_active or action.points is not None):
                continue
            refusal = self._refusal(action, kind, counted)
            if refusal:
                self.refused[at] = refusal
                continue
            (self.held if self.holds(action) else self.allowed).append(at)
            taken.add(request)
            pair = (action.user_id, action.action_type)
            if pair in counted:
                counted[pair] = counted[pair].with_event(self.circumstances.moment)

    def holds(self, action: ScoreAction) -> bool:
        kind = self.rules[action.action_type]
        return not action.is_exempt and (kind.hold_scores or action.user_id in self.held_users)

    def _refusal(
        self, action: ScoreAction, kind: ActionTypeRules, counted: Mapping[Pair, Counted]
    ) -> ActionNotAllowed | None:
        if not kind.is_ruled or action.is_exempt:
            return None
        required = counted.get((action.user_id, kind.requires_action_type or ""))
        return (
            _by_reporter(action, kind)
            or _by_time(kind, self.circumstances.moment)
            or _by_metadata(action, kind)
            or _by_requirement(kind, required)
            or _by_limits(kind, counted.get((action.user_id, action.action_type)), self.circumstances.moment)
        )


def _refused(rule: str, *, limit: int | None = None, wait: timedelta | None = None, **more: Any) -> ActionNotAllowed:  # noqa: ANN401 - JSON values
    seconds = None if wait is None else max(1, math.ceil(wait.total_seconds()))
    return ActionNotAllowed(MESSAGES[rule], details={"rule": rule, "limit": limit, "retryAfter": seconds, **more})


def _by_reporter(action: ScoreAction, kind: ActionTypeRules) -> ActionNotAllowed | None:
    return _refused("serverOnly") if kind.server_only and action.reporter is Reporter.USER else None


def _by_time(kind: ActionTypeRules, moment: datetime) -> ActionNotAllowed | None:
    if kind.valid_until and moment >= kind.valid_until:
        return _refused("validUntil")
    if kind.valid_from and moment < kind.valid_from:
        return _refused("validFrom", wait=kind.valid_from - moment)
    return None


def _by_metadata(action: ScoreAction, kind: ActionTypeRules) -> ActionNotAllowed | None:
    if kind.metadata_schema is None:
        return None
    problem: BrokenRule | None
    try:
        problem = compiled_schema(kind.metadata_schema).first_problem(action.metadata)
    except InvalidSchema as error:
        # The admin refuses such a schema. Somebody has set it by SQL.
        log.warning("A metadata schema cannot be used", extra={"actionType": kind.action_type, "reason": str(error)})
        problem = BrokenRule("$", "unknown")
    return _refused("metadataSchema", path=problem.path, keyword=problem.keyword) if problem else None


def _by_requirement(kind: ActionTypeRules, required: Counted | None) -> ActionNotAllowed | None:
    if kind.requires_action_type is None or kind.requires_count is None:
        return None
    if required and required.tally.total >= kind.requires_count:
        return None
    return _refused("requires", limit=kind.requires_count, actionType=kind.requires_action_type)


def _by_limits(kind: ActionTypeRules, counted: Counted | None, moment: datetime) -> ActionNotAllowed | None:
    """The limit that refuses the action for the longest time."""
    if counted is None:
        return None
    reached = list(_reached_limits(kind, counted, moment))
    if not reached:
        return None
    rule, limit, wait = max(reached, key=lambda each: timedelta.max if each[2] is None else each[2])
    return _refused(rule, limit=limit, wait=wait)


def _reached_limits(
    kind: ActionTypeRules, counted: Counted, moment: datetime
) -> Iterator[tuple[str, int, timedelta | None]]:
    """The rules that refuse the action, each with its limit and how long it will."""
    tally, today = counted.tally, moment.astimezone(UTC).date()
    if kind.max_ever is not None and tally.total >= kind.max_ever:
        yield "maxEver", kind.max_ever, None
    if kind.max_per_day is not None and tally.done_on(today) >= kind.max_per_day:
        yield "maxPerDay", kind.max_per_day, datetime.combine(today, time(), UTC) + DAY - moment
    for rule, limit, window in (
        ("maxPerHour", kind.max_per_hour, timedelta(hours=1)),
        ("maxPerMinute", kind.max_per_minute, timedelta(minutes=1)),
    ):
        if limit is not None and len(counted.recent) >= limit:
            wait = counted.recent[limit - 1] + window - moment
            if wait > timedelta():
                yield rule, limit, wait
    if kind.cooldown_seconds is not None and tally.last_at is not None:
        wait = tally.last_at + timedelta(seconds=kind.cooldown_seconds) - moment
        if wait > timedelta():
            yield "cooldownSeconds", kind.cooldown_seconds, wait
