"""Reads the top and the pages of the board. Redis answers if it can, otherwise PostgreSQL."""

import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import Error

from leaderboard.board_cache import BoardCache, size_for
from leaderboard.board_keys import MAX_BOARD_LIMIT
from leaderboard.rank_flows import RankFlows
from leaderboard.types import Board, BoardRow, RankedUser
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.flows.joined import Joined, WaitedTooLong
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.selectors.stale_boards import is_outage, stale_boards
from scores.sql.statements import statement_of


class BoardPage(NamedTuple):
    """`rows[0]` has rank `offset + 1`. `total` counts all users. `board` is the cached board that holds the rows.

    `stale_seconds`: how long ago the page was the newest, if PostgreSQL could not be asked.
    """

    rows: tuple[BoardRow, ...]
    limit: int
    offset: int
    total: int
    refreshed_at: datetime
    board: Board | None = None
    stale_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class TopBoard(Joined[tuple[Board, int | None]]):
    """The cached board of that size, loaded if needed, and the number of users in the rank index (None: unknown)."""

    size: int

    @classmethod
    def answer_all(cls, asked: Sequence["TopBoard"]) -> Flow[list[tuple[Board, int | None] | Exception]]:
        """Each size is read once. A board that cannot be read is an error for those who asked for it."""
        found: dict[int, tuple[Board, int | None] | Exception] = {}
        for size in {question.size for question in asked}:
            try:
                found[size] = yield from BoardCache().get(size, load_board)
            except Exception as error:  # noqa: BLE001 - those who asked get it
                found[size] = error
        return [found[question.size] for question in asked]


@dataclass(frozen=True, slots=True)
class DeepPage(Joined[BoardPage]):
    """A page below the cached boards."""

    limit: int
    offset: int

    @classmethod
    def answer_all(cls, asked: Sequence["DeepPage"]) -> Flow[list[BoardPage | Exception]]:
        """One script call for all pages, and one statement for the usernames."""
        pages: Sequence[Sequence[RankedUser] | None] = [None] * len(asked)
        total = 0
        with suppress(RedisUnavailable):
            pages, total = yield from RankFlows().pages([(page.offset, page.limit) for page in asked])
        named = yield from with_usernames(pages)
        answers: list[BoardPage | Exception] = []
        for page, rows in zip(asked, named, strict=True):
            if rows is None:
                answers.append((yield from _page_by_sql(page)))
            else:
                answers.append(BoardPage(rows, page.limit, page.offset, total, datetime.now(UTC)))
        return answers


def read_board_page(*, limit: int, offset: int) -> Flow[BoardPage]:
    """A page of the board. The top comes from the cached boards, deeper pages from the rank index or else from SQL.

    While PostgreSQL cannot answer, the top is what this process read last, for STALE_BOARD_SECONDS.
    """
    if offset + limit > MAX_BOARD_LIMIT:
        return (yield from DeepPage(limit, offset))
    stale = _stale_page(limit, offset) if stale_boards.has_just_failed else None
    if stale:
        return stale
    try:
        return (yield from _top_page(limit, offset))
    except (Error, WaitedTooLong) as error:
        if not is_outage(error):
            raise
        stale_boards.note_failure()
        stale = _stale_page(limit, offset)
        if stale is None:
            raise
        return stale


def _top_page(limit: int, offset: int) -> Flow[BoardPage]:
    size = size_for(offset + limit)
    board, indexed = yield from TopBoard(size)
    total = yield from _total(board, indexed, size)
    stale_boards.note(size, board, total)
    return BoardPage(board.rows[offset : offset + limit], limit, offset, total, board.refreshed_at, board)


def _stale_page(limit: int, offset: int) -> BoardPage | None:
    known = stale_boards.find(offset + limit)
    if known is None:
        return None
    age = int(time.monotonic() - known.read_at)
    rows = known.board.rows[offset : offset + limit]
    return BoardPage(rows, limit, offset, known.total, known.board.refreshed_at, stale_seconds=age)


def load_board(size: int) -> Flow[Board]:
    """The first rows of the board, from PostgreSQL."""
    refreshed_at = datetime.now(UTC)
    return Board(tuple((yield from _rows_by_sql(0, size))), refreshed_at)


def _total(board: Board, indexed: int | None, size: int) -> Flow[int]:
    """The number of users: a board that is not full holds all of them; else the rank index or PostgreSQL counts."""
    if len(board.rows) < size:
        return len(board.rows)
    return indexed if indexed is not None else (yield from count_users())


def count_users() -> Flow[int]:
    """The number of all users on the board, counted by PostgreSQL."""
    (count,) = yield from statement_of("count_users", int, {})
    return count


def _page_by_sql(page: DeepPage) -> Flow[BoardPage]:
    total = yield from count_users()
    rows = (yield from _rows_by_sql(page.offset, page.limit)) if page.offset < total else []
    return BoardPage(tuple(rows), page.limit, page.offset, total, datetime.now(UTC))


def _rows_by_sql(offset: int, limit: int) -> Flow[list[BoardRow]]:
    return (yield from statement_of("top_rows", BoardRow, {"offset": offset, "limit": limit}))


def with_usernames(found: Sequence[Sequence[RankedUser] | None]) -> Flow[list[tuple[BoardRow, ...] | None]]:
    """Add usernames from PostgreSQL. Ranks, scores and times stay as the index gave them, all from one moment.

    A row of a user whom PostgreSQL does not have (an erased one) or hides is never shown: it is removed from the index,
    and rows with one become None, as do rows that the index did not give.
    """
    names = yield from read_visible_usernames({user.user_id for rows in found for user in rows or ()})
    strays = {user.user_id: user for rows in found for user in rows or () if user.user_id not in names}
    if strays:
        with suppress(RedisUnavailable):
            yield from RankFlows().forget_strays(strays.values())
    return [None if rows is None else _named(rows, names) for rows in found]


def read_visible_usernames(user_ids: Collection[str]) -> Flow[dict[str, str]]:
    """Usernames by user id. Unknown and hidden users are left out."""
    if not user_ids:
        return {}
    return dict((yield from statement_of("visible_usernames", _pair, {"user_ids": list(user_ids)})))


def _pair(user_id: str, username: str) -> tuple[str, str]:
    return user_id, username


def _named(rows: Iterable[RankedUser], names: dict[str, str]) -> tuple[BoardRow, ...] | None:
    try:
        return tuple(BoardRow(user.user_id, names[user.user_id], user.score, user.last_updated) for user in rows)
    except KeyError:
        return None
