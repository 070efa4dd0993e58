"""The names that publishers and the live process share: groups and event types on the channel layer."""

from dataclasses import dataclass
from typing import Any, Self

from leaderboard.board_keys import DEFAULT_BOARD

BOARD_CHANGED = "board.changed"


def board_group(board: str = DEFAULT_BOARD) -> str:
    """The group that hears of a board's changes."""
    return f"board.{board}"


@dataclass(frozen=True, slots=True)
class BoardChanged:
    """A hint that rows from `best_rank` (from 1) on may have changed. The hearer reads the board for itself."""

    best_rank: int
    board: str = DEFAULT_BOARD

    def to_message(self) -> dict[str, Any]:
        """The channel-layer message."""
        return {"type": BOARD_CHANGED, "board": self.board, "best_rank": self.best_rank}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Self:
        """The hint of a message; junk on the layer reads as «anything may have changed»."""
        rank = message.get("best_rank")
        return cls(rank if isinstance(rank, int) else 1, str(message.get("board", DEFAULT_BOARD)))
