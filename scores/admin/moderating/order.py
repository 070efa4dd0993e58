"""What a moderator orders: what it is about, what it would do, and doing it by a service of `scores.trust`."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.types import BoardRow

# Rows of a page. All that was chosen is moderated, whether it is shown or not.
MAX_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Table:
    """What was chosen, the first rows of it."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    total: int

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would happen. `top` are the first rows of the board afterwards, or None if the board stays as it is."""

    facts: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    top: Sequence[BoardRow] | None = None
    # Why there is nothing to confirm.
    obstacle: str = ""


class Order(ABC):
    """`title` is also what the button says."""

    title: str
    explanation: str

    @abstractmethod
    def foresee(self) -> Foresight:
        """Changes nothing. Raises ApiError, or Django's database errors."""

    @abstractmethod
    def carry_out(self, reason: str) -> str:
        """Do it, and say what was done. Raises ApiError, or Django's database errors."""


def counted(number: int, noun: str) -> str:
    """`1 event`, `2,500 events`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def signed(points: int) -> str:
    """With a sign, as `+1,000` or `-150`."""
    return f"{points:+,}"
