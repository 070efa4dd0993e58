"""Updates the rank index after a commit, and finds the ranks for the answer, if necessary without the index."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from django.db import Error

from leaderboard.rank_index import RankIndex
from leaderboard.types import RankChange, Standing, to_microseconds
from scoreboard_project.runtime.redis import RedisUnavailable
from scores import metrics
from scores.models import ScoreEvent, UserScore
from scores.ranks.sql_ranks import rank_by_sql, short_statements, users_ahead_of
from scores.services.actions import AppliedAction
from scores.services.ledger import Applied

Rank = TypeVar("Rank")

log = logging.getLogger("scoreboard.scores")


def record_rank_changes(applied: Applied) -> dict[str, RankChange]:
    """Record the users' new standings in the rank index. Returns their rank changes by user id.

    A failing index never fails a write: it is not used until the reconcile pass has corrected it. Without the index, a
    single action gets its ranks from SQL. Counting rows takes longer the lower the rank, so users of a batch get no
    ranks, and neither does an action whose count takes too long.
    """
    standings = {row.user_id: _standing(row) for row in applied.values()}
    if not standings:
        return {}
    try:
        changes = RankIndex().record(list(standings.values()))
    except RedisUnavailable:
        metrics.rank_index_misses.inc(len(standings))
        changes = {}
    newcomers = _newcomers(applied, standings)
    changes = {
        user_id: RankChange(None, change.new) if user_id in newcomers else change for user_id, change in changes.items()
    }
    return changes | _missing_change(applied, changes, newcomers)


def current_ranks(user_ids: Collection[str]) -> dict[str, int]:
    """The current ranks from the rank index, for a single user also from SQL. Unknown ranks are left out."""
    try:
        found = RankIndex().ranks_of(list(user_ids))
    except RedisUnavailable:
        found = {}
    if not found and len(user_ids) == 1:
        (user_id,) = user_ids
        rank = _counted(lambda: rank_by_sql(user_id))
        return {user_id: rank} if rank else {}
    return found


def _counted(count: Callable[[], Rank]) -> Rank | None:
    """None if counting fails or takes too long: the action is committed, and its answer may lack the ranks."""
    try:
        with short_statements():
            return count()
    except Error as error:
        log.warning("The rank of a committed action could not be counted", extra={"reason": str(error)})
        return None


def _standing(row: AppliedAction) -> Standing:
    return Standing(row.user_id, row.current_score, to_microseconds(row.last_updated), row.version)


def _newcomers(applied: Applied, standings: Mapping[str, Standing]) -> set[str]:
    """Users without earlier actions. The index may already know them, because a later action can reach it first."""
    counts = Counter(row.user_id for row in applied.values())
    return {user_id for user_id, standing in standings.items() if standing.version == counts[user_id]}


def _missing_change(applied: Applied, changes: Mapping[str, RankChange], newcomers: set[str]) -> dict[str, RankChange]:
    """The ranks of a single action if the index did not answer or had lost the user."""
    if len(applied) > 1:
        return {}
    (row,) = applied.values()
    known = changes.get(row.user_id)
    if known and (known.previous or row.user_id in newcomers):
        return {}
    change = _counted(lambda: rank_change_by_sql(row))
    return {row.user_id: change} if change else {}


def rank_change_by_sql(row: AppliedAction) -> RankChange:
    """The ranks before and after one action, by counting rows."""
    new = 1 + users_ahead_of(user_id=row.user_id, score=row.current_score, last_updated=row.last_updated).count()
    if row.version == 1:
        return RankChange(None, new)
    previous = users_ahead_of(
        user_id=row.user_id, score=row.new_score - row.score_increment, last_updated=_moved_before(row)
    )
    return RankChange(1 + previous.count(), new)


def _moved_before(row: AppliedAction) -> datetime:
    """When the user's score last changed before this action, or when the user was created if it never did."""
    # Not `lt`: if the clock stepped back, the previous event can have the same time.
    moved = (
        ScoreEvent.objects.filter(user_id=row.user_id, created_at__lte=row.processed_at)
        .exclude(score_increment=0)
        .exclude(action_id=row.action_id)
        .order_by("-created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    return moved or UserScore.objects.values_list("created_at", flat=True).get(user_id=row.user_id)
