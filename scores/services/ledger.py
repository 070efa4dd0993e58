"""Writes actions to PostgreSQL in one transaction: for each action its request id, score and event, or nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
import uuid_utils
from django.db import IntegrityError, OperationalError
from psycopg.errors import AdminShutdown, CheckViolation, CrashShutdown, DeadlockDetected, SerializationFailure

from leaderboard.rank_belief import rank_belief
from scoreboard_project.api.errors import ActionNotAllowed
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.postgres.lanes import Lane
from scoreboard_project.runtime.postgres.outcome import OutcomeUnknown
from scoreboard_project.runtime.postgres.statement import EachAlone, Statement
from scores.services.actions import AppliedAction, ScoreAction
from scores.sql.statements import statement_of

WRITE_TRIES = 3
# PostgreSQL has rolled back. The two shutdowns also end the session; the client learns of it at its next statement.
ROLLED_BACK = (DeadlockDetected, SerializationFailure, AdminShutdown, CrashShutdown)

# By the action's position among those sent, from 0.
Applied = dict[int, AppliedAction]
Refused = dict[int, ActionNotAllowed]
Answer = TypeVar("Answer")


def insert_score_actions(actions: Sequence[ScoreAction], lane: Lane) -> Flow[tuple[Applied, Refused]]:
    """Commit the actions. Actions in neither dictionary are duplicates or have no active action type.

    Raises Django's database errors; nothing is stored then.
    """
    try:
        rows = yield from _with_retries(lambda: iter(_statement(actions, lane)))
        return {row.position - 1: row for row in rows}, {}
    except IntegrityError as error:
        if not _leaves_the_score_range(error):
            raise
    return (yield from _with_retries(lambda: _insert_each_alone(actions, lane)))


def _with_retries(write: Callable[[], Flow[Answer]]) -> Flow[Answer]:
    tries_left = WRITE_TRIES
    while True:
        try:
            return (yield from write())
        except OperationalError as error:
            _doubt_ranks_after(error)
            tries_left -= 1
            if not tries_left or not isinstance(error.__cause__, ROLLED_BACK):
                raise


def _doubt_ranks_after(error: OperationalError) -> None:
    """If the actions were committed, the rank index does not have them, and a retry would find them done."""
    if isinstance(error.__cause__, OutcomeUnknown):
        rank_belief.doubt("PostgreSQL did not say whether it had recorded actions")


def _statement(actions: Sequence[ScoreAction], lane: Lane) -> Statement[AppliedAction]:
    sent = msgspec.json.encode([_values(action) for action in actions]).decode()
    return statement_of("apply_score_actions", AppliedAction, {"actions": sent}, lane=lane)


def _insert_each_alone(actions: Sequence[ScoreAction], lane: Lane) -> Flow[tuple[Applied, Refused]]:
    """Apply the actions one by one, within one transaction, to find those that would take a score out of its range."""
    # The same order of users as in the statement for all, so that fewer transactions deadlock.
    order = sorted(range(len(actions)), key=lambda at: actions[at].user_id.encode())
    answers = yield from EachAlone([_statement([actions[at]], lane) for at in order])
    applied: Applied = {}
    refused: Refused = {}
    for at, answer in zip(order, answers, strict=True):
        if not isinstance(answer, IntegrityError):
            applied.update((at, row) for row in answer)
        elif _leaves_the_score_range(answer):
            refused[at] = _out_of_range()
        else:
            raise answer
    return applied, refused


def _leaves_the_score_range(error: IntegrityError) -> bool:
    cause = error.__cause__
    # Without a constraint's name it is a row that no partition takes.
    return isinstance(cause, CheckViolation) and cause.diag.constraint_name is not None


def _out_of_range() -> ActionNotAllowed:
    return ActionNotAllowed(
        "The score would leave ±2^53, the range that is exact in every client", details={"rule": "score_range"}
    )


def _values(action: ScoreAction) -> Mapping[str, object]:
    return {
        "user_id": action.user_id,
        "username": action.username,
        "request_id": action.request_id,
        "action_type": action.action_type,
        # As text, so that the ledger keeps it as it was sent.
        "metadata": msgspec.json.encode(action.metadata).decode(),
        "fingerprint": f"\\x{action.fingerprint.hex()}",
        "uuid": str(uuid_utils.uuid7()),
        "ip_address": action.ip_address,
        "user_agent": action.user_agent,
        "points": action.points,
    }
