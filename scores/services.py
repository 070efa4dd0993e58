"""The write path. Every point on every board comes through `apply_score_actions`."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import uuid_utils
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from psycopg.errors import CheckViolation, DeadlockDetected, SerializationFailure

from leaderboard.publisher import publish_board_changed
from leaderboard.rank_index import RankIndex
from leaderboard.types import RankChange, Standing
from scoreboard_project.api import metrics
from scoreboard_project.api.errors import ActionNotAllowed, InvalidActionType
from scoreboard_project.api.redis_guard import RedisUnavailable
from scores.actions import RecordedAction, ScoreAction, ScoreActionResult
from scores.prepared_query import run_prepared
from scores.sql_ranks import current_rank, rank_change_by_sql

WRITE_TRIES = 3
Applied = dict[int, dict[str, Any]]

audit_log = logging.getLogger("scoreboard.audit")
log = logging.getLogger("scoreboard.scores")


def apply_score_actions(actions: Sequence[ScoreAction]) -> list[ScoreActionResult]:
    """Apply actions in one transaction; the results are in the same order.

    An action whose (user_id, request_id) was used before is not applied again: its result is the earlier one, with the
    ranks of now. An action that is refused fails alone, stores nothing, and has its ApiError in `error`.
    Commits by itself, so it may not be called inside a transaction. Raises Django's database errors.
    """
    if connection.in_atomic_block:
        raise RuntimeError("apply_score_actions commits by itself: call it outside a transaction")
    applied, refused = _write(actions)
    changes = _record_ranks(applied)
    _announce(applied, changes)
    _write_audit_lines(actions, applied)
    left = {at: action for at, action in enumerate(actions) if at not in applied and at not in refused}
    results = {at: ScoreActionResult(error=error) for at, error in refused.items()}
    results |= {at: _fresh_result(actions[at], row, changes.get(actions[at].user_id)) for at, row in applied.items()}
    results |= _earlier_results(left)
    metrics.score_actions.labels("applied").inc(len(applied))
    metrics.score_actions.labels("replayed_or_refused").inc(len(actions) - len(applied))
    return [results[at] for at in range(len(actions))]


def _write(actions: Sequence[ScoreAction]) -> tuple[Applied, dict[int, ActionNotAllowed]]:
    try:
        return _insert_with_retries(actions), {}
    except IntegrityError as error:
        if not isinstance(error.__cause__, CheckViolation):
            raise
        return _write_one_by_one(actions)


def _insert_with_retries(actions: Sequence[ScoreAction]) -> Applied:
    for tries_left in reversed(range(WRITE_TRIES)):
        try:
            return _insert(actions)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | SerializationFailure) or not tries_left:
                raise
    raise AssertionError("unreachable")


def _write_one_by_one(actions: Sequence[ScoreAction]) -> tuple[Applied, dict[int, ActionNotAllowed]]:
    """Some score would leave the exact range: find the actions that do it, still in one transaction."""
    applied: Applied = {}
    refused = {}
    with transaction.atomic():
        for at, action in enumerate(actions):
            try:
                with transaction.atomic():
                    applied |= {at + of_one: row for of_one, row in _insert([action]).items()}
            except IntegrityError:
                refused[at] = ActionNotAllowed(
                    "The score would leave the range that every client can hold exactly",
                    details={"rule": "score_range"},
                )
    return applied, refused


def _insert(actions: Sequence[ScoreAction]) -> Applied:
    """One statement, all or nothing. The rows of the applied actions by their place in `actions`."""
    rows = run_prepared("apply_score_actions", _columns(actions))
    return {row["position"] - 1: row for row in rows}


def _columns(actions: Sequence[ScoreAction]) -> Mapping[str, list[Any]]:
    return {
        "user_ids": [action.user_id for action in actions],
        "usernames": [action.username for action in actions],
        "request_ids": [action.request_id for action in actions],
        "action_types": [action.action_type for action in actions],
        "metadata": [json.dumps(action.metadata, ensure_ascii=False, separators=(",", ":")) for action in actions],
        "fingerprints": [action.fingerprint for action in actions],
        "uuids": [str(uuid_utils.uuid7()) for _ in actions],
        "ip_addresses": [action.ip_address for action in actions],
        "user_agents": [action.user_agent for action in actions],
    }


def _record_ranks(applied: Applied) -> dict[str, RankChange]:
    """Tell the rank index, after the commit. Its trouble never fails the write: the reconcile pass repairs it."""
    standings = {
        row["user_id"]: Standing(row["user_id"], row["current_score"], row["last_updated"], row["total_actions"])
        for row in applied.values()
    }
    if not standings:
        return {}
    try:
        return RankIndex().record(list(standings.values()))
    except RedisUnavailable as error:
        metrics.rank_index_misses.inc(len(standings))
        log.warning("The rank index missed an update", extra={"users": len(standings), "reason": str(error)})
        return _rank_changes_by_sql(applied)


def _announce(applied: Applied, changes: Mapping[str, RankChange]) -> None:
    """Tell the live boards; a user whose rank is unknown may be anywhere."""
    if applied:
        known = [changes.get(row["user_id"]) for row in applied.values()]
        publish_board_changed(min(change.best if change else 1 for change in known))


def _rank_changes_by_sql(applied: Applied) -> dict[str, RankChange]:
    """Counting rows costs time that grows with the rank, so only a single action pays for it."""
    if len(applied) > 1:
        return {}
    (row,) = applied.values()
    try:
        return {row["user_id"]: rank_change_by_sql(row)}
    except DatabaseError:
        log.exception("The rank of a committed action could not be read")
        return {}


def _fresh_result(action: ScoreAction, row: Mapping[str, Any], change: RankChange | None) -> ScoreActionResult:
    recorded = RecordedAction(
        action_id=row["action_id"],
        request_id=action.request_id,
        action_type=action.action_type,
        score_increment=row["score_increment"],
        new_score=row["score_after"],
        processed_at=row["created_at"],
    )
    return ScoreActionResult(
        recorded, previous_rank=change.previous if change else None, new_rank=change.new if change else None
    )


def _earlier_results(left: Mapping[int, ScoreAction]) -> dict[int, ScoreActionResult]:
    """Actions that were not applied: an earlier request did it, or there is no such action type."""
    if not left:
        return {}
    found = {(row["user_id"], row["request_id"]): row for row in _find_earlier(list(left.values()))}
    ranks = {user_id: current_rank(user_id) for user_id, _ in found}
    results = {}
    for at, action in left.items():
        row = found.get((action.user_id, action.request_id))
        results[at] = (
            _earlier_result(action, row, ranks[action.user_id])
            if row
            else ScoreActionResult(error=InvalidActionType(details={"actionType": action.action_type}))
        )
    return results


def _find_earlier(actions: Sequence[ScoreAction]) -> list[dict[str, Any]]:
    return run_prepared(
        "earlier_requests",
        {
            "user_ids": [action.user_id for action in actions],
            "request_ids": [action.request_id for action in actions],
        },
    )


def _earlier_result(action: ScoreAction, row: Mapping[str, Any], rank: int | None) -> ScoreActionResult:
    recorded = RecordedAction(
        action_id=row["action_id"],
        request_id=row["request_id"],
        action_type=row["action_type"],
        score_increment=row["score_increment"],
        new_score=row["score_after"],
        processed_at=row["created_at"],
    )
    return ScoreActionResult(
        recorded,
        previous_rank=rank,
        new_rank=rank,
        is_replay=True,
        is_same_request=bytes(row["fingerprint"]) == action.fingerprint,
    )


def _write_audit_lines(actions: Sequence[ScoreAction], applied: Applied) -> None:
    for at, row in applied.items():
        action = actions[at]
        audit_log.info(
            "score changed",
            extra={
                "userId": action.user_id,
                "actionId": row["action_id"],
                "actionType": action.action_type,
                "idempotencyId": action.request_id,
                "scoreIncrement": row["score_increment"],
                "newScore": row["score_after"],
                "ipAddress": action.ip_address,
            },
        )
