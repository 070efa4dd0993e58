"""The cached top boards, cache-aside: read from Redis, or load from PostgreSQL once and keep for BOARD_TTL_SECONDS.

A loader that read before a commit never overwrites a newer board: it stores its board only if the generation is still
the one from before it read. Invalid data in the cache is dropped and loaded again. A change drops the boards that could
show it: lua/record.lua chooses them by rank; lua/forget.lua, lua/finish_rebuild.lua and lua/doubt.lua drop all of them.
A process that could not write a change to Redis (`rank_belief.py`) reads PostgreSQL.
"""

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

import msgspec

from leaderboard import metrics
from leaderboard.board_keys import BOARD_LIMITS, DEFAULT_BOARD, BoardKeys
from leaderboard.rank_belief import rank_belief
from leaderboard.types import Board, BoardRow, from_microseconds, to_microseconds
from scoreboard_project.runtime.flows.flow import Flow, Pause
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable
from scoreboard_project.runtime.redis_questions import RedisCommand, ScriptCall

BOARD_TTL_SECONDS = 30
LOADER_SECONDS = 3.0
WAIT_FOR_LOADER_SECONDS = 0.1
POLL_SECONDS = 0.01
# Enough for a hundred rows of the longest ids and names with every character escaped.
MAX_PAYLOAD_BYTES = 512 * 1024

READ_BOARD = LuaScript[tuple[bytes, int]](__file__, "read_board")
BEGIN_LOADING = LuaScript[bytes | None](__file__, "begin_loading")
STORE_BOARD = LuaScript[int](__file__, "store_board")

LoadRows = Callable[[int], Flow[Board]]

log = logging.getLogger("scoreboard.boards")


def size_for(limit: int) -> int:
    """The smallest cached size that holds `limit` rows."""
    return next(size for size in BOARD_LIMITS if size >= limit)


class _StoredBoard(msgspec.Struct):
    """A cached board: when it was read, and rows of user id, username, score and time. Times are microseconds."""

    refreshed_at: int
    rows: list[tuple[str, str, int, int]]


_decoder = msgspec.json.Decoder(_StoredBoard)


def encode_board(board: Board) -> bytes:
    """A board as JSON. Never pickle: someone who can write to Redis must not be able to run code here."""
    rows = [(row.user_id, row.username, row.score, to_microseconds(row.last_updated)) for row in board.rows]
    return msgspec.json.encode(_StoredBoard(to_microseconds(board.refreshed_at), rows))


def decode_board(payload: bytes) -> Board:
    """Raises ValueError if the payload is not a cached board."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError("not a cached board: too large")
    try:
        stored = _decoder.decode(payload)
        return Board(
            tuple(BoardRow(user, name, score, from_microseconds(moment)) for user, name, score, moment in stored.rows),
            from_microseconds(stored.refreshed_at),
        )
    except (msgspec.DecodeError, OverflowError) as error:
        raise ValueError("not a cached board") from error


class BoardCache:
    """The cached boards of one board, by size."""

    # By Redis key: the bytes read last and the board decoded from them. The same bytes give the same object.
    _decoded: ClassVar[dict[str, tuple[bytes, Board]]] = {}

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)

    def get(self, size: int, load_rows: LoadRows) -> Flow[tuple[Board, int | None]]:
        """The board, loaded if it is not cached, and the number of users in the rank index (None: unknown)."""
        if rank_belief.is_doubted:
            return (yield from _counted_load(size, load_rows)), None
        try:
            payload, total = yield from self._read(size)
        except RedisUnavailable:
            return (yield from _counted_load(size, load_rows)), None
        if board := self._decode(size, payload):
            metrics.cached_board_reads.inc()
            return board, total
        if payload:
            yield from self._drop_invalid(size)
        return (yield from self.load(size, load_rows)), total

    def load(self, size: int, load_rows: LoadRows) -> Flow[Board]:
        """Load the board and cache it. Other readers wait briefly for the one loader, then load for themselves."""
        token = secrets.token_hex(16)
        try:
            generation = yield from self._begin_loading(size, token)
        except RedisUnavailable:
            return (yield from _counted_load(size, load_rows))
        if generation is None:
            board = yield from self._wait_for_loader(size)
            return board or (yield from _counted_load(size, load_rows))
        board = yield from _counted_load(size, load_rows)
        with suppress(RedisUnavailable):
            yield from self._store(size, encode_board(board), generation=generation, token=token)
        return board

    def _read(self, size: int) -> Flow[tuple[bytes, int | None]]:
        """The cached bytes (empty: none) and the number of users in the rank index (None: unknown). One round trip."""
        names = [self.keys.leaderboard(size), self.keys.ready, self.keys.ranks]
        payload, total = yield from ScriptCall(READ_BOARD, names, [rank_belief.identity])
        return payload, total if total >= 0 else None

    def _decode(self, size: int, payload: bytes) -> Board | None:
        """None if the payload is not a cached board."""
        key = self.keys.leaderboard(size)
        known = self._decoded.get(key)
        if known and known[0] == payload:
            return known[1]
        try:
            board = decode_board(payload)
        except ValueError:
            return None
        self._decoded[key] = payload, board
        return board

    def _drop_invalid(self, size: int) -> Flow[None]:
        log.warning("Dropped a cached board that was not valid", extra={"size": size})
        with suppress(RedisUnavailable):
            yield from RedisCommand("DEL", self.keys.leaderboard(size))

    def _begin_loading(self, size: int, token: str) -> Flow[str | None]:
        """The current generation if this caller becomes the one loader, None otherwise."""
        keys = [self.keys.loading(size), self.keys.generation]
        generation = yield from ScriptCall(BEGIN_LOADING, keys, [token, int(LOADER_SECONDS * 1000)])
        return None if generation is None else generation.decode()

    def _wait_for_loader(self, size: int) -> Flow[Board | None]:
        give_up_at = time.monotonic() + WAIT_FOR_LOADER_SECONDS
        with suppress(RedisUnavailable):
            while time.monotonic() < give_up_at:
                yield from Pause(POLL_SECONDS)
                payload, _ = yield from self._read(size)
                if payload:
                    return self._decode(size, payload)
        return None

    def _store(self, size: int, payload: bytes, *, generation: str, token: str) -> Flow[None]:
        keys = [self.keys.leaderboard(size), self.keys.loading(size), self.keys.generation]
        yield from ScriptCall(STORE_BOARD, keys, [generation, token, BOARD_TTL_SECONDS, payload])


def _counted_load(size: int, load_rows: LoadRows) -> Flow[Board]:
    metrics.loaded_board_reads.inc()
    return (yield from load_rows(size))
