"""Writes of actions to PostgreSQL: all in one statement, or each in one of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import uuid_utils
from django.db import IntegrityError
from psycopg.errors import CheckViolation

from scoreboard_project.api.errors import ActionNotAllowed
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.postgres.lanes import Lane
from scoreboard_project.runtime.postgres.statement import EachAlone, Statement
from scores.services.actions import AppliedAction, ScoreAction
from scores.sql.statements import read_sql

# By the action's position among those sent, from 0.
Applied = dict[int, AppliedAction]
Refused = dict[int, ActionNotAllowed]

RULED = "CASE WHEN is_ruled THEN refuse_unjudged(sent.action_type) ELSE action_types.score_value END"
HELD = "CASE WHEN kept.is_held THEN refuse_held(kept.user_id) ELSE excluded.version END"
APPLY = read_sql("apply_score_actions")
# After a look at the rules, and at the moment that they were looked at.
APPLY_JUDGED = APPLY.replace(RULED, "action_types.score_value").replace("clock_timestamp()", "%(moment)s::timestamptz")
# What an operator reports counts also for a user whom a moderator holds.
EXEMPT = {text: text.replace(HELD, "excluded.version") for text in (APPLY, APPLY_JUDGED)}


def write_together(
    actions: Sequence[ScoreAction], lane: Lane, moment: datetime | None = None
) -> Flow[tuple[Applied, Refused]]:
    """One statement for all. With a moment, without a look at rules. Raises Django's database errors."""
    rows = yield from _statement(actions, lane, moment)
    return {row.position - 1: row for row in rows}, {}


def write_each_alone(
    actions: Sequence[ScoreAction], lane: Lane, moment: datetime | None = None
) -> Flow[tuple[Applied, Refused]]:
    """A statement for each, within one transaction, to find those that would take a score out of its range."""
    # The same order of users as in the statement for all, so that fewer transactions deadlock.
    order = sorted(range(len(actions)), key=lambda at: actions[at].user_id.encode())
    answers = yield from EachAlone([_statement([actions[at]], lane, moment) for at in order])
    applied: Applied = {}
    refused: Refused = {}
    for at, answer in zip(order, answers, strict=True):
        if not isinstance(answer, IntegrityError):
            applied.update((at, placed(row, at)) for row in answer)
        elif leaves_the_score_range(answer):
            refused[at] = _out_of_range()
        else:
            raise answer
    return applied, refused


def placed(row: AppliedAction, at: int) -> AppliedAction:
    """The row with the position of its action among all of the write, of which only a part was sent."""
    return row if row.position == at + 1 else msgspec.structs.replace(row, position=at + 1)


def leaves_the_score_range(error: IntegrityError) -> bool:
    cause = error.__cause__
    # Without a constraint's name it is a row that no partition takes.
    return isinstance(cause, CheckViolation) and cause.diag.constraint_name is not None


def _out_of_range() -> ActionNotAllowed:
    return ActionNotAllowed(
        "The score would leave ±2^53, the range that is exact in every client", details={"rule": "score_range"}
    )


def _statement(actions: Sequence[ScoreAction], lane: Lane, moment: datetime | None) -> Statement[AppliedAction]:
    text = APPLY if moment is None else APPLY_JUDGED
    if all(action.is_exempt for action in actions):
        text = EXEMPT[text]
    times = {} if moment is None else {"moment": moment}
    return Statement(text, AppliedAction, {"actions": encoded(actions), **times}, lane)


def encoded(actions: Sequence[ScoreAction]) -> str:
    """The actions as JSON, each with new ids unless it has one."""
    return msgspec.json.encode([_values(action) for action in actions]).decode()


def _values(action: ScoreAction) -> Mapping[str, object]:
    return {
        "user_id": action.user_id,
        "username": action.username,
        "request_id": action.request_id,
        "action_type": action.action_type,
        # As text, so that the ledger keeps it as it was sent.
        "metadata": msgspec.json.encode(action.metadata).decode(),
        "fingerprint": f"\\x{action.fingerprint.hex()}",
        "uuid": action.action_id.removeprefix("action_") or str(uuid_utils.uuid7()),
        "ip_address": action.ip_address,
        "user_agent": action.user_agent,
        "points": action.points,
    }
