"""The write path. Every change of a score goes through `apply_score_actions`."""

import logging
from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from leaderboard.publisher import publish_board_changed
from leaderboard.types import RankChange
from scoreboard_project.api.errors import InvalidActionType
from scoreboard_project.runtime.flows.flow import Flow, run
from scoreboard_project.runtime.postgres.lanes import Lane
from scoreboard_project.runtime.postgres.statement import Statement
from scores import metrics
from scores.services.actions import AppliedAction, EarlierAction, RecordedAction, ScoreAction, ScoreActionResult
from scores.services.ledger import insert_score_actions
from scores.services.quarantine import Held
from scores.services.rank_changes import current_ranks, record_rank_changes
from scores.services.writes import Applied
from scores.sql.statements import statement_of

audit_log = logging.getLogger("scoreboard.audit")


def apply_score_actions(actions: Sequence[ScoreAction]) -> list[ScoreActionResult]:
    """`applying_score_actions` in this thread. Raises RuntimeError inside a transaction."""
    if connection.in_atomic_block:
        raise RuntimeError("apply_score_actions commits by itself: call it outside a transaction")
    return run(applying_score_actions(actions))


def applying_score_actions(
    actions: Sequence[ScoreAction], lane: Lane = Lane.SLOW_WRITE
) -> Flow[list[ScoreActionResult]]:
    """Apply actions in one transaction. Returns the results in the same order.

    An action whose (user_id, request_id) was used before is not applied again: its result is the earlier one, with
    current ranks. A refused action fails alone, stores nothing, and has its ApiError in `error`.
    Commits by itself. Raises Django's database errors.
    """
    applied, refused, held = yield from insert_score_actions(actions, lane)
    _write_audit_lines(actions, applied)
    changes = yield from record_rank_changes(applied)
    firsts = {row.user_id: at for at, row in sorted(applied.items(), reverse=True)}
    _announce(applied, changes)
    known = applied.keys() | refused.keys() | held.keys()
    left = {at: action for at, action in enumerate(actions) if at not in known}
    results = {at: ScoreActionResult(error=error) for at, error in refused.items()}
    results |= {at: _fresh_result(row, changes.get(row.user_id), firsts) for at, row in applied.items()}
    if held:
        results |= yield from _held_results(held)
    results |= yield from _earlier_results(left, {**applied, **held})
    metrics.applied_actions.inc(len(applied))
    metrics.other_actions.inc(len(actions) - len(applied))
    return [results[at] for at in range(len(actions))]


def _announce(applied: Applied, changes: Mapping[str, RankChange]) -> None:
    """Send a hint to the live processes. A user whose rank is unknown may be at rank 1."""
    known = [changes.get(row.user_id) for row in applied.values() if not row.is_hidden]
    if known:
        publish_board_changed(min(change.best if change else 1 for change in known))


def _fresh_result(row: AppliedAction, change: RankChange | None, firsts: Mapping[str, int]) -> ScoreActionResult:
    """All actions of a user in this write have the same ranks, but only a user's first action has none before it."""
    if change is None:
        return ScoreActionResult(row)
    is_first = firsts[row.user_id] == row.position - 1
    return ScoreActionResult(row, change.previous if is_first else change.previous or change.new, change.new)


def _held_results(held: Held) -> Flow[dict[int, ScoreActionResult]]:
    """Score and rank stay what they are."""
    ranks = yield from current_ranks({row.user_id for row in held.values()})
    return {
        at: ScoreActionResult(row, ranks.get(row.user_id), ranks.get(row.user_id), is_held=True)
        for at, row in held.items()
    }


def _earlier_results(
    left: Mapping[int, ScoreAction], written: Mapping[int, RecordedAction]
) -> Flow[dict[int, ScoreActionResult]]:
    """The results of actions that were not written: either a repeated request, or no such active action type."""
    if not left:
        return {}
    rows = yield from _earlier_requests(left.values())
    found = {(row.user_id, row.request_id): row for row in rows}
    ranks = yield from current_ranks({user_id for user_id, _ in found})
    places = {row.action_id: at for at, row in written.items()}
    results = {}
    for at, action in left.items():
        row = found.get((action.user_id, action.request_id))
        results[at] = (
            _earlier_result(action, row, ranks.get(action.user_id))
            # A later action of this batch may have used the request id of this refused one.
            if row and places.get(row.action_id, at) <= at
            else ScoreActionResult(error=InvalidActionType(details={"actionType": action.action_type}))
        )
    return results


def _earlier_requests(actions: Collection[ScoreAction]) -> Statement[EarlierAction]:
    user_ids = [action.user_id for action in actions]
    request_ids = [action.request_id for action in actions]
    return statement_of("earlier_requests", EarlierAction, {"user_ids": user_ids, "request_ids": request_ids})


def _earlier_result(action: ScoreAction, row: EarlierAction, rank: int | None) -> ScoreActionResult:
    return ScoreActionResult(
        row,
        previous_rank=rank,
        new_rank=rank,
        is_replay=True,
        is_same_request=row.fingerprint == action.fingerprint,
        is_held=row.is_held,
    )


def _write_audit_lines(actions: Sequence[ScoreAction], applied: Applied) -> None:
    for at, row in applied.items():
        action = actions[at]
        audit_log.info(
            "score changed",
            extra={
                "userId": action.user_id,
                "actionId": row.action_id,
                "actionType": action.action_type,
                "idempotencyId": action.request_id,
                "scoreIncrement": row.score_increment,
                "newScore": row.new_score,
                "ipAddress": action.ip_address,
                **({"requestId": action.trace_id} if action.trace_id else {}),
            },
        )
