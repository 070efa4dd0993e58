"""Writes actions to PostgreSQL in one transaction: for each action its request id, score and event, or nothing."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
import uuid_utils
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import AdminShutdown, CheckViolation, CrashShutdown, DeadlockDetected, SerializationFailure

from scoreboard_project.api.errors import ActionNotAllowed
from scores.services.actions import AppliedAction, ScoreAction
from scores.sql.statements import Statement, run_prepared

WRITE_TRIES = 3
# PostgreSQL has rolled back. The two shutdowns also end the session; the client learns of it at its next statement.
ROLLED_BACK = (DeadlockDetected, SerializationFailure, AdminShutdown, CrashShutdown)

# By the action's position among those sent, from 0.
Applied = dict[int, AppliedAction]
Refused = dict[int, ActionNotAllowed]
Answer = TypeVar("Answer")


def insert_score_actions(actions: Sequence[ScoreAction]) -> tuple[Applied, Refused]:
    """Commit the actions. Actions in neither dictionary are duplicates or have no active action type.

    Raises Django's database errors; nothing is stored then.
    """
    try:
        return _with_retries(lambda: _insert(actions)), {}
    except IntegrityError as error:
        if not _leaves_the_score_range(error):
            raise
    return _with_retries(lambda: _insert_one_by_one(actions))


def _with_retries(write: Callable[[], Answer]) -> Answer:
    for _ in range(WRITE_TRIES - 1):
        try:
            return write()
        except OperationalError as error:
            if not isinstance(error.__cause__, ROLLED_BACK):
                raise
            connection.close_if_unusable_or_obsolete()
    return write()


def _insert(actions: Sequence[ScoreAction]) -> Applied:
    return {row.position - 1: row for row in run_prepared(_statement(actions))}


def _statement(actions: Sequence[ScoreAction]) -> Statement[AppliedAction]:
    sent = msgspec.json.encode([_values(action) for action in actions]).decode()
    return Statement("apply_score_actions", AppliedAction, {"actions": sent})


def _insert_one_by_one(actions: Sequence[ScoreAction]) -> tuple[Applied, Refused]:
    """Apply the actions one by one, within one transaction, to find those that would take a score out of its range."""
    applied: Applied = {}
    refused: Refused = {}
    with transaction.atomic():
        # The same order of users as in the statement for all, so that fewer transactions deadlock.
        for at in sorted(range(len(actions)), key=lambda at: actions[at].user_id.encode()):
            try:
                with transaction.atomic():
                    applied |= {at + of_one: row for of_one, row in _insert([actions[at]]).items()}
            except IntegrityError as error:
                if not _leaves_the_score_range(error):
                    raise
                refused[at] = _out_of_range()
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
        "metadata": json.dumps(action.metadata, ensure_ascii=False, separators=(",", ":")),
        "fingerprint": f"\\x{action.fingerprint.hex()}",
        "uuid": str(uuid_utils.uuid7()),
        "ip_address": action.ip_address,
        "user_agent": action.user_agent,
        "points": action.points,
    }
