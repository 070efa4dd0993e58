"""Keeps the rank index true to PostgreSQL: rebuild, compare, heal."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection

from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RankRebuild
from leaderboard.reconcile_mark import ReconcileMark
from leaderboard.types import Standing
from scores.models import UserScore
from scores.ranks.standings import (
    database_now,
    iterate_changed_standings,
    iterate_sorted_standings,
    iterate_standings,
    list_standings,
)
from scores.sql.statements import read_sql

Advance = Callable[[int], object]

# Longer than a write takes between the stamp of its event and its commit.
RECONCILE_OVERLAP = timedelta(seconds=10)
RECHECKS = 5
RECHECK_SECONDS = 0.2
EXAMPLES = 10
SNAPSHOT_BATCH = 5000


@dataclass
class RankDrift:
    """What `check_rank_index` found. Users named are examples, at most ten of a kind; a stray entry has no user."""

    checked: int = 0
    is_ready: bool = True
    wrong: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    wrong_count: int = 0
    extra_count: int = 0
    stray_count: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether index and PostgreSQL agree."""
        return self.is_ready and not (self.wrong_count or self.extra_count or self.stray_count)


def ignore(_: int) -> None:
    """No progress bar."""


def rebuild_rank_index(advance: Advance = ignore) -> int:
    """Build the index anew beside the live one and swap it in; traffic goes on. Returns the number of users.

    Raises RebuildBusy, RebuildLost or RedisUnavailable; the live index is then as it was.
    """
    users = 0
    with RankRebuild() as rebuild, ThreadPoolExecutor(1) as loader, closing(iterate_sorted_standings()) as batches:
        started = database_now()
        # PostgreSQL is read while Redis takes in what was read before.
        under_way: Future[None] | None = None
        for standings in batches:
            if under_way:
                under_way.result()
            under_way = loader.submit(rebuild.add, standings)
            users += len(standings)
            advance(len(standings))
        if under_way:
            under_way.result()
        rebuild.finish()
    ReconcileMark().write(started)
    return users


def write_rank_snapshot(advance: Advance = ignore) -> int:
    """Write `users_scores.rank` in batches, each its own transaction. Returns the number of rows that changed."""
    changed = 0
    rank, after = 0, (2**62, None, "")
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                read_sql("rank_snapshot"),
                {"score": after[0], "moment": after[1], "user_id": after[2], "rank": rank, "batch": SNAPSHOT_BATCH},
            )
            seen, batch_changed, *after_row = cursor.fetchone()
            if not seen:
                return changed
            rank, changed, after = rank + seen, changed + batch_changed, tuple(after_row)
            advance(seen)


def reconcile_rank_index() -> int:
    """Re-apply what changed since the last pass and is not in the index. Returns the number of users healed.

    Rebuilds an index that is not ready. Raises RedisUnavailable, RebuildBusy or RebuildLost.
    """
    index, mark = RankIndex(), ReconcileMark()
    since = mark.read()
    if since is None or not index.is_ready():
        return rebuild_rank_index()
    started = database_now()
    healed = 0
    for standings in iterate_changed_standings(since - RECONCILE_OVERLAP):
        missed = index.differing(standings)
        if missed:
            index.record(missed)
        healed += len(missed)
    mark.write(started)
    return healed


def check_rank_index(advance: Advance = ignore) -> RankDrift:
    """Compare every user with the index while traffic runs; a difference counts only if it stays. Changes nothing."""
    index, drift = RankIndex(), RankDrift()
    drift.is_ready = index.is_ready()
    for standings in iterate_standings():
        _add_wrong(drift, _lasting(index, index.differing(standings)))
        drift.checked += len(standings)
        advance(len(standings))
    # As many as there are, and none of them missing: then there is no other.
    if drift.wrong_count or index.size() > UserScore.objects.count():
        for user_ids in index.iterate_user_ids():
            known = set(UserScore.objects.filter(user_id__in=user_ids).values_list("user_id", flat=True))
            _add_extra(drift, set(user_ids) - known)
    drift.stray_count = index.stray_members()
    return drift


def _lasting(index: RankIndex, differing: list[Standing]) -> list[Standing]:
    """Those that still differ once the writes of the moment have reached the index."""
    for _ in range(RECHECKS):
        if not differing:
            return []
        time.sleep(RECHECK_SECONDS)
        differing = index.differing(list_standings(standing.user_id for standing in differing))
    return differing


def _add_wrong(drift: RankDrift, wrong: Iterable[Standing]) -> None:
    user_ids = [standing.user_id for standing in wrong]
    drift.wrong_count += len(user_ids)
    drift.wrong = (drift.wrong + user_ids)[:EXAMPLES]


def _add_extra(drift: RankDrift, extra: set[str]) -> None:
    drift.extra_count += len(extra)
    drift.extra = (drift.extra + sorted(extra))[:EXAMPLES]
