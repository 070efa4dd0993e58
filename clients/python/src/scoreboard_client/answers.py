"""The API's answers as dataclasses. All times are timezone-aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scoreboard_client.errors import ScoreboardError


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreUpdate:
    """The effect of an action. Ranks are from that moment; `previous_rank` is None for a user's first action.

    `status` is "pending" while the action waits for a moderator: the score and the ranks are then unchanged.
    `replayed` is true if the server had already applied this action under the same key, in an earlier try.
    """

    action_id: str
    request_id: str
    new_score: int
    score_increment: int
    new_rank: int | None
    previous_rank: int | None
    action_type: str
    processed_at: datetime
    status: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """The result of one action of a batch: either `update` or `error` is set."""

    user_id: str
    request_id: str
    update: ScoreUpdate | None = None
    error: ScoreboardError | None = None

    def get(self) -> ScoreUpdate:
        """The update. Raises `error` if the action failed."""
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
    """A user's place on the board; `last_updated` is when the score last changed."""

    last_updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """The position of a page; `total` counts the entries of all pages."""

    limit: int
    offset: int
    total: int
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage:
    """A page of the board, best first; `last_refresh` is when the server read it."""

    leaderboard: tuple[LeaderboardEntry, ...]
    pagination: Pagination
    last_refresh: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """A user with the users just above and below; `total` counts all users on the board."""

    leaderboard: tuple[LeaderboardEntry, ...]
    user_id: str
    rank: int
    radius: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserScore(LeaderboardEntry):
    """The public data about a user's score.

    `percentile` is the percentage of users, this one included, who are not ahead of this user: rank 1 has 100.
    """

    total_actions: int
    average_score_per_action: float
    percentile: float
    total_players: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyScore:
    """A user's score on one UTC day, and the number of actions."""

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
    """One score event: an action of a user and what it was worth."""

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
    """A kind of action that can be reported, and its current value.

    `rules` are those that it has, as the server names them: `{"maxPerDay": 1}`. None if it has none.
    """

    action_type: str
    score_value: int
    description: str
    category: str
    is_active: bool
    rules: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTypes:
    """The active action types, by name."""

    action_types: tuple[ActionType, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBoard:
    """The top `limit` of the board at `timestamp`."""

    leaderboard: tuple[LiveEntry, ...]
    limit: int
    timestamp: datetime
