"""The plain values that the rank index, the cached boards and the scores app pass around."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly (a float would round)."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """The moment, in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


class Standing(NamedTuple):
    """A user's place-giving values: what the board is ordered by, and a version (`total_actions`) that only grows.

    `moved_at` is `last_updated` in microseconds since 1970: ten million datetimes would cost more than all the rest.
    """

    user_id: str
    score: int
    moved_at: int
    total_actions: int


@dataclass(frozen=True, slots=True)
class RankChange:
    """Ranks counted from 1. `previous` is None for a user who was on no board yet."""

    previous: int | None
    new: int

    @property
    def best(self) -> int:
        """The better of the two: the first row of the board that the change can be seen in."""
        return min(self.new, self.previous or self.new)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A user's place among `total`, and the rows around it, the user's own included."""

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
