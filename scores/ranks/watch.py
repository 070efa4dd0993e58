"""A thread of each server process that watches Redis: whether it does what we need, and whether the index is usable.

Until its first check, and while something is wrong, the process takes ranks and boards from PostgreSQL. One process at
a time also makes the reconcile pass.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connection

from leaderboard.rank_belief import rank_belief
from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RebuildBusy, RebuildLost
from leaderboard.reconcile_mark import ReconcileTurn
from scoreboard_project.runtime.outage import Outage
from scoreboard_project.runtime.redis import RedisRefused, RedisUnavailable
from scoreboard_project.runtime.redis_needs import find_redis_problem
from scores import metrics
from scores.ranks.database import read_database_identity
from scores.ranks.reconcile import reconcile_rank_index

# The longest pause between two checks while ranks come from PostgreSQL.
SOON_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS = 0.1

log = logging.getLogger("scoreboard.reconcile")
trouble = Outage(log, begins="Ranks are not reconciled", ends="Ranks are reconciled again")
missing_commands = Outage(log, begins="Redis refuses what tickets or hints need", ends="Redis refuses nothing again")


def start_reconciling() -> None:
    """Start this process's thread. The server's start hook calls this.

    With RECONCILE_SECONDS=0 the thread only checks once what Redis can do.
    """
    if settings.RECONCILE_SECONDS:
        rank_belief.begin_unchecked()
    run = _watch_forever if settings.RECONCILE_SECONDS else _check_redis_once
    threading.Thread(target=run, name="reconcile", daemon=True).start()


def _check_redis_once() -> None:
    try:
        _check_redis()
    except RedisUnavailable as error:
        log.debug("Redis could not be checked", extra={"reason": str(error)})


def _watch_forever() -> None:
    while True:
        try:
            watch_once()
        except Exception as error:
            # Whatever it is, the thread must go on.
            if not trouble.reason:
                log.exception("Redis and the rank index could not be checked")
            trouble.begin(repr(error))
        pause = settings.RECONCILE_SECONDS
        if rank_belief.is_doubted or rank_belief.reason:
            pause = min(pause, SOON_SECONDS)
        time.sleep(min(pause, SHORTEST_PAUSE_SECONDS))
        rank_belief.wait_for_doubt(pause - SHORTEST_PAUSE_SECONDS)


def watch_once() -> None:
    """Check Redis and the index; make a pass if it is this process's turn. Trouble is logged once while it lasts."""
    try:
        if _check_redis():
            _check_index()
            trouble.end()
    except RedisRefused as error:
        rank_belief.doubt(f"Redis refuses what the rank index needs ({error.code})")
    except RedisUnavailable:
        rank_belief.doubt("Redis does not answer")
    except RebuildBusy:
        rank_belief.note_unready("the rank index is being rebuilt")
    except (RebuildLost, DatabaseError) as error:
        trouble.begin(str(error).strip())
    finally:
        connection.close()


def _check_redis() -> bool:
    """Whether Redis does what ranks and boards need. Raises RedisUnavailable."""
    problem = find_redis_problem()
    if problem is None:
        missing_commands.end()
        return True
    if problem.concerns_ranks:
        rank_belief.doubt(problem.reason)
        return False
    missing_commands.begin(problem.reason)
    return True


def _check_index() -> None:
    """Redis accepts writes: pass on what this process doubts, and find an index that no process may use."""
    index = RankIndex()
    rank_belief.identity = read_database_identity()
    index.state.share_doubt()
    look = index.state.look()
    if look.ready and not look.is_ready_for(rank_belief.identity):
        index.state.doubt()
    rank_belief.note_checked()
    if ReconcileTurn().claim(settings.RECONCILE_SECONDS):
        corrected = reconcile_rank_index()
        if corrected:
            metrics.rank_index_healed.inc(corrected)
            log.info("rank index corrected", extra={"users": corrected})
    elif index.is_ready():
        rank_belief.note_ready()
    else:
        rank_belief.note_unready()
