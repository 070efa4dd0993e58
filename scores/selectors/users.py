"""Reads about one user: standing, neighbours, and sums per day."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from leaderboard.rank_index import RankIndex
from leaderboard.types import BoardRow, Neighbourhood
from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.models import BOARD_ORDER, OPERATOR_TYPES, ScoreEvent, UserScore
from scores.ranks.sql_ranks import users_ahead_of, users_behind
from scores.selectors.boards import with_usernames

BOARD_ROW = ("user_id", "username", "current_score", "last_updated")
REVERSED_BOARD_ORDER = ("current_score", "-last_updated", "-user_id")


@dataclass(frozen=True, slots=True)
class UserStanding:
    """`UserScore` of the specification."""

    user_id: str
    username: str
    score: int
    rank: int
    total: int
    last_updated: datetime
    total_actions: int

    @property
    def average_score_per_action(self) -> float:
        """The score divided by the number of the user's own actions, rounded to two decimals; 0 without actions."""
        return round(self.score / self.total_actions, 2) if self.total_actions else 0.0

    @property
    def percentile(self) -> float:
        """The percentage of users at this user's rank or below, rounded to two decimals; 100 for the first."""
        return round(100 * (self.total - self.rank + 1) / self.total, 2)


@dataclass(frozen=True, slots=True)
class Around:
    """A user and their neighbours on the board; `rows[0]` has rank `first_rank`."""

    user_id: str
    rank: int
    total: int
    radius: int
    first_rank: int
    rows: tuple[BoardRow, ...]


@dataclass(frozen=True, slots=True)
class DaySum:
    """By how much a user's score changed on one UTC day, and the number of the user's own actions."""

    day: date
    score: int
    actions: int


def read_user_standing(user_id: str) -> UserStanding:
    """The user's score and exact rank. Raises UserNotFound."""
    row = _find_row(user_id)
    place = _place(row, radius=0)
    # Without Redis, rank and total come from two queries: users may change in between, but rank <= total must hold.
    return UserStanding(
        user_id=row.user_id,
        username=row.username,
        score=row.current_score,
        rank=place.rank,
        total=max(place.total, place.rank),
        last_updated=row.last_updated,
        total_actions=row.total_actions,
    )


def read_around(*, user_id: str, radius: int) -> Around:
    """The user and up to `radius` neighbours on each side, with exact ranks. Raises UserNotFound."""
    with suppress(RedisUnavailable):
        place = RankIndex().around(user_id, radius)
        if place:
            return Around(user_id, place.rank, place.total, radius, place.rows[0].rank, with_usernames(place.rows))
    return _around_by_sql(_find_row(user_id), radius)


def list_daily_sums(*, user_id: str, days: int, today: date) -> list[DaySum]:
    """One sum per UTC day, oldest first, ending with `today`. Days without events are zero. Raises UserNotFound."""
    _find_row(user_id)
    first = today - timedelta(days=days - 1)
    events = ScoreEvent.objects.filter(
        user_id=user_id, created_at__gte=datetime(first.year, first.month, first.day, tzinfo=UTC)
    )
    found = {
        row["day"]: DaySum(row["day"], row["score"], row["actions"])
        for row in events.order_by()
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values("day")
        .annotate(score=Sum("score_increment"), actions=Count("pk", filter=~Q(action_type__in=OPERATOR_TYPES)))
    }
    every_day = [first + timedelta(days=after) for after in range(days)]
    return [found.get(day, DaySum(day, 0, 0)) for day in every_day]


def _find_row(user_id: str) -> UserScore:
    row = UserScore.objects.filter(user_id=user_id).first() if "\0" not in user_id else None
    if row is None:
        raise UserNotFound(details={"userId": user_id})
    return row


def _place(row: UserScore, *, radius: int) -> Neighbourhood:
    try:
        place = RankIndex().around(row.user_id, radius)
    except RedisUnavailable:
        place = None
    return place or Neighbourhood(1 + users_ahead_of(**_position(row)).count(), UserScore.objects.count(), ())


def _around_by_sql(row: UserScore, radius: int) -> Around:
    ahead = users_ahead_of(**_position(row))
    rank = 1 + ahead.count()
    before = list(ahead.order_by(*REVERSED_BOARD_ORDER).values_list(*BOARD_ROW)[:radius])[::-1]
    after = list(users_behind(**_position(row)).order_by(*BOARD_ORDER).values_list(*BOARD_ROW)[:radius])
    own = (row.user_id, row.username, row.current_score, row.last_updated)
    rows = tuple(BoardRow(*each) for each in (*before, own, *after))
    return Around(row.user_id, rank, UserScore.objects.count(), radius, rank - len(before), rows)


def _position(row: UserScore) -> dict[str, Any]:
    return {"user_id": row.user_id, "score": row.current_score, "last_updated": row.last_updated}
