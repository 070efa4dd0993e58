"""How far the reconcile pass has got. Kept in Redis, so that a restored older index comes with its own older mark."""

from datetime import datetime
from typing import Self

import msgspec

from leaderboard.board_keys import DEFAULT_BOARD, BoardKeys
from leaderboard.types import from_microseconds
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import redis

CLAIM = LuaScript[int](__file__, "claim")


class EventSeen(msgspec.Struct, frozen=True):
    """A committed score event; `at` in microseconds. If PostgreSQL does not have it, PostgreSQL was restored."""

    event_id: str
    at: int


class ReconcileMark(msgspec.Struct, frozen=True, kw_only=True):
    """The index has every change up to `moment` (microseconds).

    `event` is the newest event of that time. The patrol goes on at `after` (a user id) and `cursor` (of the hash).
    """

    moment: int
    event: EventSeen | None = None
    after: str = ""
    cursor: int = 0

    @property
    def at(self) -> datetime:
        return from_microseconds(self.moment)

    @classmethod
    def decode(cls, kept: bytes) -> Self | None:
        """None if no pass has finished yet, or if the stored value is not a valid mark."""
        try:
            mark = msgspec.json.decode(kept, type=cls)
            _ = mark.at, mark.event and from_microseconds(mark.event.at)
        except (msgspec.DecodeError, OverflowError):
            return None
        return mark


class ReconcileTurn:
    """The claim on a reconcile pass, and the mark it leaves. Methods raise RedisUnavailable."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)

    def claim(self, seconds: float) -> bool:
        """Whether this process may make the pass of the next `seconds`. Only one of all processes may."""
        return bool(redis.run_script(CLAIM, [self.keys.reconciling], [max(1, int(seconds * 1000))]))

    def write(self, mark: ReconcileMark) -> None:
        redis.set(self.keys.reconciled, msgspec.json.encode(mark))
