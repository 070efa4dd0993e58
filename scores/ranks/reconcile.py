"""A background thread of each server process: every few seconds one process of all heals the rank index."""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connection

from leaderboard.rank_rebuild import RebuildBusy, RebuildLost
from leaderboard.reconcile_mark import ReconcileMark
from scoreboard_project.runtime.redis_guard import RedisUnavailable
from scores import metrics
from scores.ranks.drift import reconcile_rank_index

log = logging.getLogger("scoreboard.reconcile")


def start_reconciling() -> None:
    """Start the thread, unless RECONCILE_SECONDS is 0."""
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
