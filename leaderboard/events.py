"""The names that publishers and live processes share: groups and event types on the channel layer."""

from dataclasses import dataclass
from typing import Any, Self

from leaderboard.board_keys import DEFAULT_BOARD

BOARD_CHANGED = "board.changed"


def board_group(board: str = DEFAULT_BOARD) -> str:
    """The group that receives the hints of a board."""
    return f"board.{board}"


@dataclass(frozen=True, slots=True)
class BoardChanged:
    """A hint that rows from rank `best_rank` down may have changed (from 1). The receiver reads the board itself.

    `is_missing` means that the change could not be written to Redis: the receiver must read it from PostgreSQL.
    """

    best_rank: int
    board: str = DEFAULT_BOARD
    is_missing: bool = False

    def to_message(self) -> dict[str, Any]:
        return {
            "type": BOARD_CHANGED,
            "board": self.board,
            "best_rank": self.best_rank,
            "is_missing": self.is_missing,
        }

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Self:
        """The hint in a message. A message without a valid rank means that any row may have changed."""
        rank = message.get("best_rank")
        return cls(
            rank if isinstance(rank, int) else 1,
            str(message.get("board", DEFAULT_BOARD)),
            message.get("is_missing") is True,
        )
