"""The plain values that the rank index, the cached boards and the scores app pass around."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The most pages kept for one version of a board. A busy board changes long before it reaches this.
MAX_RENDERED = 256

Made = TypeVar("Made")


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly (a float would round)."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """The time in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


class Standing(NamedTuple):
    """The values that decide a user's rank, and a version that grows with every score event.

    `moved_at` is `last_updated` in microseconds since 1970: ten million datetimes would cost more than everything else.
    """

    user_id: str
    score: int
    moved_at: int
    version: int


@dataclass(frozen=True, slots=True)
class RankChange:
    """Ranks counted from 1. `previous` is None for a user who was not on the board yet."""

    previous: int | None
    new: int

    @property
    def best(self) -> int:
        """The smaller of the two ranks: the first row of the board that the change affects."""
        return min(self.new, self.previous or self.new)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A user's rank among `total` users, and the rows around it, including the user's own."""

    rank: int
    total: int
    rows: tuple["RankedUser", ...]


@dataclass(frozen=True, slots=True)
class RankedUser:
    """A row of the rank index."""

    rank: int
    user_id: str
    score: int
    last_updated: datetime


class BoardRow(NamedTuple):
    """A row of a board. Its rank follows from its position."""

    user_id: str
    username: str
    score: int
    last_updated: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """One version of the first rows of a board, and when they were read from PostgreSQL."""

    rows: tuple[BoardRow, ...]
    refreshed_at: datetime
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def rendered(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The result of `make` for this version, made once per key and dropped with the version."""
        found: Made | None = self._made.get(key)
        if found is None:
            if len(self._made) >= MAX_RENDERED:
                self._made.clear()
            found = self._made[key] = make()
        return found
