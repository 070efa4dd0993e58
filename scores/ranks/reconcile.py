"""Heals the rank index: a thread of each server process, of which one at a time makes a pass every few seconds."""

import logging
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RebuildBusy, RebuildLost
from leaderboard.reconcile_mark import ReconcileMark
from scoreboard_project.runtime.redis import RedisUnavailable
from scores import metrics
from scores.ranks.rebuild import rebuild_rank_index
from scores.ranks.standings import database_now, iterate_changed_standings

# Longer than a write takes between the stamp of its event and its commit.
OVERLAP = timedelta(seconds=10)

log = logging.getLogger("scoreboard.reconcile")


def start_reconciling() -> None:
    """Start this process's thread, unless RECONCILE_SECONDS is 0. For the start hook of a server."""
    if settings.RECONCILE_SECONDS:
        threading.Thread(target=_reconcile_forever, name="reconcile", daemon=True).start()


def _reconcile_forever() -> None:
    while True:
        reconcile_once()
        time.sleep(settings.RECONCILE_SECONDS)


def reconcile_once() -> None:
    """One pass, if it is this process's turn. Trouble is logged, and the next pass tries again."""
    try:
        if ReconcileMark().claim(settings.RECONCILE_SECONDS):
            healed = reconcile_rank_index()
            if healed:
                metrics.rank_index_healed.inc(healed)
                log.info("rank index healed", extra={"users": healed})
    except (RedisUnavailable, RebuildBusy, RebuildLost, DatabaseError) as error:
        log.warning("rank index not reconciled", extra={"reason": str(error)})
    finally:
        connection.close()


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
    for standings in iterate_changed_standings(since - OVERLAP):
        missed = index.differing(standings)
        if missed:
            index.record(missed)
        healed += len(missed)
    mark.write(started)
    return healed
