"""The boards that this process read last, which are shown, marked as stale, while PostgreSQL cannot answer."""

import time
from typing import NamedTuple

from django.conf import settings
from django.db import Error

from leaderboard.types import Board
from scoreboard_project.runtime.flows.joined import WaitedTooLong
from scoreboard_project.runtime.postgres.states import NOT_NOW, refusal_of

# After a failure, readers get the stale board at once for so long, and do not wait for PostgreSQL.
PAUSE_SECONDS = 1.0


class KnownBoard(NamedTuple):
    """A board and the number of all users, and when they were the newest, on the monotonic clock."""

    board: Board
    total: int
    read_at: float


class StaleBoards:
    """One per process. Its boards are of one board, by size."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As when the process starts."""
        self._known: dict[int, KnownBoard] = {}
        self._failed_at = float("-inf")

    def note(self, size: int, board: Board, total: int) -> None:
        """This is the newest board of that size."""
        self._known[size] = KnownBoard(board, total, time.monotonic())
        self._failed_at = float("-inf")

    def note_failure(self) -> None:
        self._failed_at = time.monotonic()

    @property
    def has_just_failed(self) -> bool:
        return time.monotonic() - self._failed_at < PAUSE_SECONDS

    def find(self, rows: int) -> KnownBoard | None:
        """The board read last of those with so many rows, unless it is older than STALE_BOARD_SECONDS."""
        oldest = time.monotonic() - settings.STALE_BOARD_SECONDS
        fit = (known for size, known in self._known.items() if size >= rows and known.read_at > oldest)
        return max(fit, key=lambda known: known.read_at, default=None)


def is_outage(error: Exception) -> bool:
    """Whether PostgreSQL cannot answer now. A wrong setup or a defect is not to be hidden by an old board."""
    if isinstance(error, WaitedTooLong):
        return True
    refusal = refusal_of(error) if isinstance(error, Error) else None
    return refusal is not None and refusal.meaning is NOT_NOW


stale_boards = StaleBoards()
