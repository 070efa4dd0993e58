"""Updates the rank index after a commit, and finds the ranks for the answer, if necessary without the index."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import Error

from leaderboard.rank_flows import RankFlows
from leaderboard.types import RankChange, Standing, to_microseconds
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.redis import RedisUnavailable
from scores import metrics
from scores.ranks.sql_ranks import Position, ranks_by_sql
from scores.services.actions import AppliedAction
from scores.services.writes import Applied
from scores.sql.statements import statement_of

# How long an answer waits for its ranks while Redis is down. With ten million users, counting can take seconds.
LONGEST_COUNT_MS = 250
MOST_COUNTED_USERS = 128

log = logging.getLogger("scoreboard.scores")


def record_rank_changes(applied: Applied) -> Flow[dict[str, RankChange]]:
    """Record the users' new standings in the rank index. Returns their rank changes by user id; hidden users have none.

    A failing index never fails a write: it is not used until the reconcile pass has corrected it. Meanwhile PostgreSQL
    counts the ranks, which takes longer the lower a rank is. Users get none if that takes too long, or for a large
    batch.
    """
    applied = {at: row for at, row in applied.items() if not row.is_hidden}
    standings = {row.user_id: _standing(row) for row in applied.values()}
    if not standings:
        return {}
    try:
        changes = yield from RankFlows().record(list(standings.values()))
    except RedisUnavailable:
        metrics.rank_index_misses.inc(len(standings))
        changes = {}
    newcomers = _newcomers(applied, standings)
    for user_id in newcomers & changes.keys():
        changes[user_id] = RankChange(None, changes[user_id].new)
    unknown = {user_id for user_id in standings if not _is_known(changes.get(user_id), user_id in newcomers)}
    if unknown and len(unknown) <= MOST_COUNTED_USERS:
        changes |= yield from _counted_changes([row for row in applied.values() if row.user_id in unknown], newcomers)
    return changes


def current_ranks(user_ids: Collection[str]) -> Flow[dict[str, int]]:
    """The current ranks from the rank index, or for a few users from SQL. Unknown ranks are left out."""
    try:
        found = yield from RankFlows().ranks_of(list(user_ids))
    except RedisUnavailable:
        found = {}
    if found or not user_ids or len(user_ids) > MOST_COUNTED_USERS:
        return found
    try:
        parameters = {"user_ids": list(user_ids)}
        positions = yield from statement_of("positions", Position, parameters, longest_ms=LONGEST_COUNT_MS)
        ranks = yield from ranks_by_sql(positions, longest_ms=LONGEST_COUNT_MS)
    except Error as error:
        _log_uncounted(error)
        return {}
    return {position.user_id: rank for position, rank in zip(positions, ranks, strict=True)}


def _standing(row: AppliedAction) -> Standing:
    return Standing(row.user_id, row.current_score, to_microseconds(row.last_updated), row.version)


def _newcomers(applied: Applied, standings: Mapping[str, Standing]) -> set[str]:
    """Users without earlier actions. The index may already know them, because a later action can reach it first."""
    counts = Counter(row.user_id for row in applied.values())
    return {user_id for user_id, standing in standings.items() if standing.version == counts[user_id]}


def _is_known(change: RankChange | None, is_newcomer: bool) -> bool:
    """The index did not answer, or had lost the user."""
    return change is not None and (change.previous is not None or is_newcomer)


def _counted_changes(rows: list[AppliedAction], newcomers: set[str]) -> Flow[dict[str, RankChange]]:
    """The ranks before and after the actions, counted by PostgreSQL. Empty if counting fails or takes too long.

    The actions are committed, and their answers may lack the ranks.
    """
    rows.sort(key=lambda row: row.position)
    latest = {row.user_id: row for row in rows}
    first = {row.user_id: row for row in reversed(rows) if row.user_id not in newcomers}
    now = [Position(row.user_id, row.current_score, row.last_updated) for row in latest.values()]
    try:
        before = yield from _positions_before(list(first.values()), [row.action_id for row in rows])
        ranks = yield from ranks_by_sql([*now, *before], longest_ms=LONGEST_COUNT_MS)
    except Error as error:
        _log_uncounted(error)
        return {}
    previous = {
        position.user_id: rank - _count_ahead(now, position) + _count_ahead(before, position)
        for position, rank in zip(before, ranks[len(now) :], strict=True)
    }
    return {user_id: RankChange(previous.get(user_id), rank) for user_id, rank in zip(latest, ranks, strict=False)}


def _count_ahead(positions: list[Position], position: Position) -> int:
    """How many of the others have a better position. All ranks before a write are those before all of its actions."""
    return sum(each.user_id != position.user_id and each.order < position.order for each in positions)


def _positions_before(rows: list[AppliedAction], action_ids: list[str]) -> Flow[list[Position]]:
    """Where the users were before `rows`, the first of their actions of this write."""
    if not rows:
        return []
    parameters = {
        "user_ids": [row.user_id for row in rows],
        "moments": [row.processed_at for row in rows],
        "action_ids": action_ids,
    }
    moments = yield from statement_of("moved_before", _moment, parameters, longest_ms=LONGEST_COUNT_MS)
    return [
        Position(row.user_id, row.new_score - row.score_increment, moment)
        for row, moment in zip(rows, moments, strict=True)
    ]


def _moment(moment: datetime) -> datetime:
    return moment


def _log_uncounted(error: Error) -> None:
    log.warning("The ranks of committed actions could not be counted", extra={"reason": str(error)})
