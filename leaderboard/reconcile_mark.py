"""How far the reconcile pass has got. Kept in Redis, so that a restored older index comes with its own older mark."""

from datetime import datetime

from leaderboard.board_keys import DEFAULT_BOARD, BoardKeys
from leaderboard.types import from_microseconds, to_microseconds
from scoreboard_project.runtime.redis import redis


class ReconcileMark:
    """The time up to which every change is in the index. Methods raise RedisUnavailable."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)

    def claim(self, seconds: float) -> bool:
        """Whether this process may make the pass of the next `seconds`. Only one of all processes may."""
        milliseconds = max(1, int(seconds * 1000))
        return redis.set(self.keys.reconciling, "1", nx=True, px=milliseconds)

    def read(self) -> datetime | None:
        """None if no pass has finished yet, or if the stored value is not a valid time."""
        kept = redis.get(self.keys.reconciled)
        try:
            return from_microseconds(int(kept)) if kept is not None else None
        except (ValueError, OverflowError):
            return None

    def write(self, moment: datetime) -> None:
        redis.set(self.keys.reconciled, to_microseconds(moment))
