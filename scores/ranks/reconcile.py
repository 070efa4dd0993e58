"""The reconcile pass: compares the rank index with PostgreSQL, corrects single users, or rebuilds the index."""

import time
from datetime import datetime, timedelta

from django.db import DatabaseError

from leaderboard.rank_belief import rank_belief
from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RebuildLost
from leaderboard.rank_state import IndexLook
from leaderboard.reconcile_mark import ReconcileMark, ReconcileTurn
from leaderboard.types import to_microseconds
from scoreboard_project.runtime.redis import RedisUnavailable
from scores import metrics
from scores.ranks.database import find_newest_event, knows_event, read_database_identity
from scores.ranks.healing import IndexIsWrong, apply_missed_changes, check_erasures, patrol_index, patrol_users
from scores.ranks.rebuild import rebuild_rank_index
from scores.ranks.standings import database_now

# Longer than any write takes from the timestamp of its event to its commit.
OVERLAP = timedelta(seconds=10)
# If the last pass is older than this, a rebuild is the simpler way.
LONGEST_GAP = timedelta(hours=1)
# A failed rebuild is repeated after this many times its own duration.
FAILED_REBUILD_PAUSES = 4
LONGEST_REBUILD_PAUSE_SECONDS = 60.0


class RebuildPause:
    """When this process may try the next rebuild: it must not be busy only with rebuilds that fail."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def is_over(self) -> bool:
        return time.monotonic() >= self._next_at

    def note_failure(self, started: float) -> None:
        """`started` is when the failed rebuild began, on the monotonic clock."""
        now = time.monotonic()
        self._next_at = now + min(LONGEST_REBUILD_PAUSE_SECONDS, FAILED_REBUILD_PAUSES * (now - started))


rebuild_pause = RebuildPause()


def reconcile_rank_index() -> int:
    """Make the index agree with PostgreSQL, and declare it ready. Returns the number of users corrected one by one.

    Rebuilds an index that is lost, incomplete, of another database, or of a later state of this one. Raises
    RedisUnavailable, RebuildBusy or RebuildLost.
    """
    index = RankIndex()
    rank_belief.identity = read_database_identity()
    index.state.share_doubt()
    look = index.state.look()
    try:
        return _compare(index, look)
    except IndexIsWrong as fault:
        _rebuild(index, look, fault)
        return 0


def _compare(index: RankIndex, look: IndexLook) -> int:
    """Returns the number of users corrected. Raises IndexIsWrong."""
    started = database_now()
    mark = _usable_mark(look, started)
    is_ready = look.is_ready_for(rank_belief.identity)
    check_erasures(index)
    corrected = apply_missed_changes(index, min(mark.at, started) - OVERLAP, is_ready=is_ready)
    after, cursor = patrol_users(index, mark.after), patrol_index(index, mark.cursor)
    if not is_ready and not index.state.settle(look) and not index.state.look().is_complete:
        raise IndexIsWrong("the parts of the rank index do not belong together")
    event = find_newest_event(mark.at, started) or mark.event
    ReconcileTurn().write(ReconcileMark(moment=to_microseconds(started), event=event, after=after, cursor=cursor))
    if index.is_ready():
        rank_belief.note_ready()
    else:
        rank_belief.note_unready("a change was missed during the last check of the rank index")
    return corrected


def _usable_mark(look: IndexLook, now: datetime) -> ReconcileMark:
    """The mark of the last pass. Raises IndexIsWrong if single corrections cannot make this index right."""
    mark = ReconcileMark.decode(look.mark)
    if not look.built or mark is None:
        raise IndexIsWrong("the rank index is not built")
    if not look.is_built_for(rank_belief.identity):
        raise IndexIsWrong("the rank index belongs to another database (does another REDIS_KEY_PREFIX fit?)")
    if look.ranks < 0 or look.members < 0:
        raise IndexIsWrong("the rank index holds invalid data")
    if now - mark.at > LONGEST_GAP:
        raise IndexIsWrong("the rank index was not checked for a long time")
    if mark.event and not knows_event(mark.event):
        raise IndexIsWrong("PostgreSQL was restored to an earlier state")
    return mark


def _rebuild(index: RankIndex, look: IndexLook, fault: IndexIsWrong) -> None:
    if look.built:
        index.state.doubt(rebuild=True)
    rank_belief.note_unready(str(fault))
    if not rebuild_pause.is_over():
        return
    started = time.monotonic()
    try:
        rebuild_rank_index()
    except (RedisUnavailable, RebuildLost, DatabaseError):
        rebuild_pause.note_failure(started)
        raise
    metrics.rank_index_rebuilds.inc()
