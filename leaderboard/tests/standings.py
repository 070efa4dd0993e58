"""Standings for tests, and the order in which an index holds them."""

from datetime import UTC, datetime

from leaderboard.board_keys import BoardKeys
from leaderboard.rank_index import RankIndex
from leaderboard.types import Standing, to_microseconds

NOON = to_microseconds(datetime(2026, 1, 1, 12, tzinfo=UTC))
KEYS = BoardKeys()


def standing(user_id: str, score: int, *, later: int = 0, version: int = 1) -> Standing:
    """A standing whose score last changed `later` microseconds after noon."""
    return Standing(user_id, score, NOON + later, version)


def order(index: RankIndex) -> list[str]:
    """The ids of the first hundred users, best first."""
    return [row.user_id for row in index.page(offset=0, limit=100)[0]]
