"""Do the rank index and the cached boards agree with PostgreSQL?"""

import time

from leaderboard.board_cache import decode_board
from leaderboard.board_keys import BOARD_LIMITS, BoardKeys
from leaderboard.types import BoardRow
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.runtime.redis import redis
from scores.doctor.finding import Finding, fine, wrong
from scores.ranks.drift import check_rank_index
from scores.ranks.rebuild import rebuild_rank_index
from scores.selectors.boards import load_board

# A write drops the cached boards a moment after its commit.
LOOKS = 5
LOOK_SECONDS = 0.2


def examine_rank_index() -> Finding:
    """Every user must have the same standing in both."""
    drift = check_rank_index()
    if drift.is_clean:
        return fine(f"{drift.checked} users have the ranks that PostgreSQL gives them")
    counts = f"{drift.wrong_count} wrong, {drift.extra_count} extra, {drift.stray_count} stray entries"
    says = counts if drift.is_ready else f"the index is not ready; {counts}"
    return wrong(says, "A running server corrects this within seconds. Or run: reindex_ranks", rebuild_rank_index)


def examine_cached_boards() -> Finding:
    """A cached board must be what PostgreSQL would show now."""
    differing = [size for size in BOARD_LIMITS if _differs(size)]
    if not differing:
        return fine("the cached boards are those of PostgreSQL")
    sizes = ", ".join(map(str, differing))
    return wrong(f"cached boards are out of date: top {sizes}", "They expire within 30 s.", _drop_boards)


def _differs(size: int) -> bool:
    for look in range(LOOKS):
        cached = _cached_rows(size)
        if cached is None or cached == run(load_board(size)).rows:
            return False
        if look < LOOKS - 1:
            time.sleep(LOOK_SECONDS)
    return True


def _cached_rows(size: int) -> tuple[BoardRow, ...] | None:
    payload = redis.get(BoardKeys().leaderboard(size))
    try:
        return decode_board(payload).rows if payload else None
    except ValueError:
        return ()


def _drop_boards() -> None:
    redis.delete(*BoardKeys().leaderboards)
