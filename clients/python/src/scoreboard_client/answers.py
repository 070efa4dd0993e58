"""What the API answers, as dataclasses. All times are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scoreboard_client.errors import ScoreboardError


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreUpdate:
    """What an action did. Ranks are those of the moment; `previous_rank` is None on a user's first action.

    `replayed` says that the server had already applied this action under the same key: an earlier try got through.
    """

    action_id: str
    request_id: str
    new_score: int
    score_increment: int
    new_rank: int | None
    previous_rank: int | None
    action_type: str
    processed_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of one action of a batch: either `update` or `error` is set."""

    user_id: str
    request_id: str
    update: ScoreUpdate | None = None
    error: ScoreboardError | None = None

    def get(self) -> ScoreUpdate:
        """The update. Raises the error instead, when there is one."""
        if self.update is not None:
            return self.update
        raise self.error or ScoreboardError


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEntry:
    """A user's place on a live board."""

    rank: int
    user_id: str
    username: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardEntry(LiveEntry):
    """A user's place on the board; `last_updated` is when the score last moved."""

    last_updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """Where a page lies."""

    limit: int
    offset: int
    total: int
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage:
    """A page of the board, best first; `last_refresh` is when it was read."""

    leaderboard: tuple[LeaderboardEntry, ...]
    pagination: Pagination
    last_refresh: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """A user among those just above and below; `total` counts everyone on the board."""

    leaderboard: tuple[LeaderboardEntry, ...]
    user_id: str
    rank: int
    radius: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserScore(LeaderboardEntry):
    """Everything public about a user's score.

    `percentile` is the share of all players, in percent, whom this one is not behind: the first has 100.
    """

    total_actions: int
    average_score_per_action: float
    percentile: float
    total_players: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyScore:
    """What a user scored on one UTC day, and in how many actions."""

    date: date
    score: int
    actions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyScores:
    """A user's scores by day, oldest first."""

    user_id: str
    days: tuple[DailyScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreEvent:
    """One action of a user's ledger."""

    event_id: str
    action_id: str
    action_type: str
    score_increment: int
    timestamp: datetime
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page of a user's score events, newest first."""

    user_id: str
    events: tuple[ScoreEvent, ...]
    pagination: Pagination


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionType:
    """What may be reported, and what it is worth now."""

    action_type: str
    score_value: int
    description: str
    category: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTypes:
    """The active action types, by name."""

    action_types: tuple[ActionType, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBoard:
    """The top `limit` at that moment."""

    leaderboard: tuple[LiveEntry, ...]
    limit: int
    timestamp: datetime
