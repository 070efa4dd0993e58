"""Finds ranks by counting rows in PostgreSQL. Exact and independent of Redis, but the time grows with the rank."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from scoreboard_project.runtime.flows.flow import Flow
from scores.sql.statements import statement_of


class Position(NamedTuple):
    """What decides a rank. The user need not be there: it may be where the user was before."""

    user_id: str
    score: int
    last_updated: datetime

    @property
    def order(self) -> tuple[int, datetime, bytes]:
        """Positions sort by it as rows do by BOARD_ORDER."""
        return -self.score, self.last_updated, self.user_id.encode()


def ranks_by_sql(positions: Sequence[Position], *, longest_ms: int | None = None) -> Flow[list[int]]:
    """The ranks of the positions among all other users, from 1. Raises OperationalError after `longest_ms`."""
    parameters = {
        "user_ids": [position.user_id for position in positions],
        "scores": [position.score for position in positions],
        "moments": [position.last_updated for position in positions],
    }
    return (yield from statement_of("ranks", int, parameters, longest_ms=longest_ms))
