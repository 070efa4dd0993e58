"""A leaderboard entry, as the API returns it."""

from datetime import UTC, datetime
from typing import Annotated, Self

from msgspec import Meta

from leaderboard.types import BoardRow
from scoreboard_project.api.shapes import Moment, Shape
from scores.models import MAX_SCORE

Rank = Annotated[int, Meta(ge=1)]
Score = Annotated[int, Meta(ge=-MAX_SCORE, le=MAX_SCORE, description="Within ±2^53, exact in every client.")]

EXAMPLE_MOMENT = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)


class LeaderboardEntry(Shape):
    """A user's place on the board."""

    rank: Rank
    user_id: str
    username: str
    score: Score
    last_updated: Annotated[Moment, Meta(description="When the score last changed.")]

    @classmethod
    def of(cls, rank: int, row: BoardRow) -> Self:
        return cls(rank, row.user_id, row.username, row.score, row.last_updated)


EXAMPLE_ENTRY = LeaderboardEntry(1, "user123", "player1", 15420, EXAMPLE_MOMENT)
