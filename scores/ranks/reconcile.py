"""Corrects the rank index. Each server process has a thread for it, and every few seconds one of them makes a pass."""

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

# Longer than any write takes from the timestamp of its event to its commit.
OVERLAP = timedelta(seconds=10)

log = logging.getLogger("scoreboard.reconcile")


def start_reconciling() -> None:
    """Start this process's thread, unless RECONCILE_SECONDS is 0. The server's start hook calls this."""
    if settings.RECONCILE_SECONDS:
        threading.Thread(target=_reconcile_forever, name="reconcile", daemon=True).start()


def _reconcile_forever() -> None:
    while True:
        reconcile_once()
        time.sleep(settings.RECONCILE_SECONDS)


def reconcile_once() -> None:
    """Make one pass if it is this process's turn. Errors are logged, and the next pass tries again."""
    try:
        if ReconcileMark().claim(settings.RECONCILE_SECONDS):
            corrected = reconcile_rank_index()
            if corrected:
                metrics.rank_index_healed.inc(corrected)
                log.info("rank index corrected", extra={"users": corrected})
    except (RedisUnavailable, RebuildBusy, RebuildLost, DatabaseError) as error:
        log.warning("rank index not reconciled", extra={"reason": str(error)})
    finally:
        connection.close()


def reconcile_rank_index() -> int:
    """Apply the changes since the last pass that the index missed. Returns the number of users corrected.

    Rebuilds an index that is not ready. Raises RedisUnavailable, RebuildBusy or RebuildLost.
    """
    index, mark = RankIndex(), ReconcileMark()
    since = mark.read()
    if since is None or not index.is_ready():
        return rebuild_rank_index()
    started = database_now()
    corrected = 0
    for standings in iterate_changed_standings(since - OVERLAP):
        missed = index.differing(standings)
        if missed:
            index.record(missed)
        corrected += len(missed)
    mark.write(started)
    return corrected
