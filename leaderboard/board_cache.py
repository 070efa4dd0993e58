"""Cached top boards, cache-aside: read, else load from PostgreSQL once and keep for BOARD_TTL_SECONDS.

A loader that read before a commit never overwrites what came after: it may store its board only while the generation is
the one it saw before it read. Junk in the cache is dropped and loaded again.
"""

import logging
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import orjson

from leaderboard.board_keys import BOARD_LIMITS, DEFAULT_BOARD, BoardKeys
from leaderboard.types import from_microseconds, to_microseconds
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable, redis

BOARD_TTL_SECONDS = 30
LOADER_SECONDS = 3.0
WAIT_FOR_LOADER_SECONDS = 0.1
POLL_SECONDS = 0.01
# A hundred rows of the longest ids and names, each character escaped.
MAX_PAYLOAD_BYTES = 512 * 1024

READ_BOARD = LuaScript[tuple[bytes, int]](__file__, "read_board")
BEGIN_LOADING = LuaScript[bytes | None](__file__, "begin_loading")
STORE_BOARD = LuaScript[int](__file__, "store_board")

log = logging.getLogger("scoreboard.boards")


class BoardRow(NamedTuple):
    """A row of a board; its rank is its place."""

    user_id: str
    username: str
    score: int
    last_updated: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """The first rows of a board, and when PostgreSQL was read for them. Compared by identity: a cheap cache key."""

    rows: tuple[BoardRow, ...]
    refreshed_at: datetime


class CachedBoard(NamedTuple):
    """What the cache holds for a size: the board's bytes, and how many users the rank index counts (None: unknown)."""

    payload: bytes | None
    total: int | None


def size_for(limit: int) -> int:
    """The cached size that serves a limit: the next larger one."""
    return next(size for size in BOARD_LIMITS if size >= limit)


def encode_board(board: Board) -> bytes:
    """A board as JSON (never pickle: whoever can write to Redis must not run code here)."""
    rows = [[row.user_id, row.username, row.score, to_microseconds(row.last_updated)] for row in board.rows]
    return orjson.dumps({"refreshed_at": to_microseconds(board.refreshed_at), "rows": rows})


@lru_cache(maxsize=64)
def decode_board(payload: bytes) -> Board:
    """The board; the same object for the same bytes. Raises ValueError for junk."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError("not a cached board: too large")
    value = orjson.loads(payload)
    try:
        return Board(tuple(_decode_row(*row) for row in value["rows"]), from_microseconds(value["refreshed_at"]))
    except (TypeError, KeyError, OverflowError) as error:
        raise ValueError("not a cached board") from error


def _decode_row(user_id: object, username: object, score: object, moment: object) -> BoardRow:
    # bool is an int in Python, and no score.
    if (
        type(score) is not int
        or type(moment) is not int
        or not (isinstance(user_id, str) and isinstance(username, str))
    ):
        raise TypeError("not a row of a board")
    return BoardRow(user_id, username, score, from_microseconds(moment))


class BoardCache:
    """The cached boards of one board, by size."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)

    def read(self, size: int) -> CachedBoard:
        """One round trip. Raises RedisUnavailable."""
        keys = [self.keys.leaderboard(size), self.keys.ready, self.keys.ranks]
        payload, total = redis.run_script(READ_BOARD, keys)
        return CachedBoard(payload or None, total if total >= 0 else None)

    def load(self, size: int, load_rows: Callable[[int], Board]) -> Board:
        """Load the board and keep it; others wait a moment for the one loader, then load for themselves."""
        token = uuid.uuid4().hex
        try:
            generation = self._begin_loading(size, token)
        except RedisUnavailable:
            return load_rows(size)
        if generation is None:
            return self._wait_for_loader(size) or load_rows(size)
        board = load_rows(size)
        with suppress(RedisUnavailable):
            self._store(size, encode_board(board), generation=generation, token=token)
        return board

    def drop(self, size: int) -> None:
        """Forget a board that cannot be read."""
        log.warning("Junk in the cache, dropped", extra={"size": size})
        redis.delete(self.keys.leaderboard(size))

    def _begin_loading(self, size: int, token: str) -> str | None:
        """The generation of now for the one loader, None for everyone else."""
        keys = [self.keys.loading(size), self.keys.generation]
        generation = redis.run_script(BEGIN_LOADING, keys, [token, int(LOADER_SECONDS * 1000)])
        return None if generation is None else generation.decode()

    def _wait_for_loader(self, size: int) -> Board | None:
        give_up_at = time.monotonic() + WAIT_FOR_LOADER_SECONDS
        with suppress(RedisUnavailable, ValueError):
            while time.monotonic() < give_up_at:
                time.sleep(POLL_SECONDS)
                payload = self.read(size).payload
                if payload is not None:
                    return decode_board(payload)
        return None

    def _store(self, size: int, payload: bytes, *, generation: str, token: str) -> None:
        keys = [self.keys.leaderboard(size), self.keys.loading(size), self.keys.generation]
        redis.run_script(STORE_BOARD, keys, [generation, token, BOARD_TTL_SECONDS, payload])
