"""Reads the top and the pages of the board. Redis answers if it can, otherwise PostgreSQL."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from leaderboard.board_cache import BoardCache, size_for
from leaderboard.board_keys import MAX_BOARD_LIMIT
from leaderboard.rank_index import RankIndex, RankIndexNotReady
from leaderboard.types import Board, BoardRow, RankedUser
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.models import BOARD_ORDER, UserScore


@dataclass(frozen=True, slots=True)
class BoardPage:
    """`rows[0]` has rank `offset + 1`. `total` counts all users. `board` is the cached board that holds the rows."""

    rows: tuple[BoardRow, ...]
    limit: int
    offset: int
    total: int
    refreshed_at: datetime
    board: Board | None = None


def read_board_page(*, limit: int, offset: int) -> BoardPage:
    """A page of the board. The top comes from the cached boards, deeper pages from the rank index or else from SQL."""
    if offset + limit <= MAX_BOARD_LIMIT:
        return _top_page(limit=limit, offset=offset)
    try:
        ranked, total = RankIndex().page(offset=offset, limit=limit)
        return BoardPage(with_usernames(ranked), limit, offset, total, timezone.now())
    except RedisUnavailable:
        return _page_by_sql(limit=limit, offset=offset)


def read_top_board(size: int) -> tuple[Board, int | None]:
    """The cached board of that size, loaded if needed, and the number of users in the rank index (None: unknown)."""
    return BoardCache().get(size, load_board)


def load_board(size: int) -> Board:
    refreshed_at = timezone.now()
    return Board(_rows_by_sql(0, size), refreshed_at)


def _top_page(*, limit: int, offset: int) -> BoardPage:
    size = size_for(offset + limit)
    board, indexed = read_top_board(size)
    total = _total(board, indexed, size)
    return BoardPage(board.rows[offset : offset + limit], limit, offset, total, board.refreshed_at, board)


def _total(board: Board, indexed: int | None, size: int) -> int:
    """The number of users: a board that is not full holds all of them; else the rank index or PostgreSQL counts."""
    if len(board.rows) < size:
        return len(board.rows)
    return indexed if indexed is not None else UserScore.objects.count()


def _page_by_sql(*, limit: int, offset: int) -> BoardPage:
    total = UserScore.objects.count()
    rows = _rows_by_sql(offset, limit) if offset < total else ()
    return BoardPage(rows, limit, offset, total, timezone.now())


def _rows_by_sql(offset: int, limit: int) -> tuple[BoardRow, ...]:
    rows = UserScore.objects.order_by(*BOARD_ORDER).values_list("user_id", "username", "current_score", "last_updated")
    return tuple(BoardRow(*row) for row in rows[offset : offset + limit])


def with_usernames(ranked: Sequence[RankedUser]) -> tuple[BoardRow, ...]:
    """Add usernames from PostgreSQL. Ranks, scores and times stay as the index gave them, all from one moment.

    A row of a user whom PostgreSQL does not have (an erased one) is never shown: it is removed from the index. Raises
    RankIndexNotReady then.
    """
    names = dict(
        UserScore.objects.filter(user_id__in=[user.user_id for user in ranked]).values_list("user_id", "username")
    )
    strays = [user for user in ranked if user.user_id not in names]
    if strays:
        with suppress(RedisUnavailable):
            RankIndex().forget_strays(strays)
        raise RankIndexNotReady("The rank index holds users who do not exist")
    return tuple(BoardRow(user.user_id, names[user.user_id], user.score, user.last_updated) for user in ranked)
