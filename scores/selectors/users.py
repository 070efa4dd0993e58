"""Reads about single users: standing, neighbours, and sums per day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from leaderboard.rank_flows import RankFlows
from leaderboard.types import BoardRow, Neighbourhood
from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.flows.joined import Joined
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.models import OPERATOR_TYPES
from scores.ranks.sql_ranks import Position, ranks_by_sql
from scores.selectors.boards import count_users, with_usernames
from scores.sql.statements import statement_of


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user in PostgreSQL."""

    user_id: str
    username: str
    score: int
    last_updated: datetime
    total_actions: int

    @property
    def position(self) -> Position:
        return Position(self.user_id, self.score, self.last_updated)


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


@dataclass(frozen=True, slots=True)
class StandingOf(Joined[UserStanding]):
    """The user's score and exact rank. Raises UserNotFound."""

    user_id: str

    @classmethod
    def answer_all(cls, asked: Sequence["StandingOf"]) -> Flow[list[UserStanding | Exception]]:
        """One statement for all users, and one script call for their ranks."""
        rows = yield from _find_rows(question.user_id for question in asked)
        places = yield from _places([(user_id, 0) for user_id in rows])
        found = dict(zip(rows, places, strict=True))
        unplaced = [rows[user_id] for user_id, place in found.items() if place is None]
        if unplaced:
            found |= yield from _places_by_sql(unplaced)
        return [_standing(question.user_id, rows, found) for question in asked]


@dataclass(frozen=True, slots=True)
class AroundOf(Joined[Around]):
    """The user and up to `radius` neighbours on each side, with exact ranks. Raises UserNotFound."""

    user_id: str
    radius: int

    @classmethod
    def answer_all(cls, asked: Sequence["AroundOf"]) -> Flow[list[Around | Exception]]:
        """One script call for all users, and one statement for the usernames."""
        places = yield from _places([(question.user_id, question.radius) for question in asked])
        named = yield from with_usernames([place.rows if place else None for place in places])
        answers: list[Around | Exception] = []
        for question, place, rows in zip(asked, places, named, strict=True):
            if place is None or rows is None:
                answers.append((yield from _around_by_sql(question)))
            else:
                first = place.rows[0].rank
                answers.append(Around(question.user_id, place.rank, place.total, question.radius, first, rows))
        return answers


def list_daily_sums(*, user_id: str, days: int, today: date) -> Flow[list[DaySum]]:
    """One sum per UTC day, oldest first, ending with `today`. Days without events are zero. Raises UserNotFound."""
    if user_id not in (yield from _find_rows([user_id])):
        raise UserNotFound(details={"userId": user_id})
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    parameters = {"user_id": user_id, "since": since, "operator_types": list(OPERATOR_TYPES)}
    found = {each.day: each for each in (yield from statement_of("daily_sums", DaySum, parameters))}
    every_day = [first + timedelta(days=after) for after in range(days)]
    return [found.get(day, DaySum(day, 0, 0)) for day in every_day]


def _find_rows(user_ids: Iterable[str]) -> Flow[dict[str, UserRow]]:
    """The users that exist. PostgreSQL refuses U+0000, even in a parameter."""
    known = [user_id for user_id in set(user_ids) if "\0" not in user_id]
    rows = yield from statement_of("user_rows", UserRow, {"user_ids": known})
    return {row.user_id: row for row in rows}


def _places(asked: Sequence[tuple[str, int]]) -> Flow[list[Neighbourhood | None]]:
    """By user id and radius, from the index; None where it does not know."""
    if not asked:
        return []
    try:
        return (yield from RankFlows().arounds(asked))
    except RedisUnavailable:
        return [None] * len(asked)


def _places_by_sql(rows: Sequence[UserRow]) -> Flow[dict[str, Neighbourhood]]:
    total = yield from count_users()
    ranks = yield from ranks_by_sql([row.position for row in rows])
    return {row.user_id: Neighbourhood(rank, total, ()) for row, rank in zip(rows, ranks, strict=True)}


def _standing(
    user_id: str, rows: Mapping[str, UserRow], places: Mapping[str, Neighbourhood | None]
) -> UserStanding | UserNotFound:
    row, place = rows.get(user_id), places.get(user_id)
    if row is None or place is None:
        return UserNotFound(details={"userId": user_id})
    # Row and place come from two questions: users may change in between, but rank <= total must hold.
    total = max(place.total, place.rank)
    return UserStanding(user_id, row.username, row.score, place.rank, total, row.last_updated, row.total_actions)


def _around_by_sql(asked: AroundOf) -> Flow[Around | UserNotFound]:
    row = (yield from _find_rows([asked.user_id])).get(asked.user_id)
    if row is None:
        return UserNotFound(details={"userId": asked.user_id})
    (rank,) = yield from ranks_by_sql([row.position])
    total = yield from count_users()
    parameters = {"user_id": row.user_id, "score": row.score, "moment": row.last_updated, "radius": asked.radius}
    rows = yield from statement_of("around", BoardRow, parameters)
    above = next((at for at, each in enumerate(rows) if each.user_id == row.user_id), 0)
    return Around(row.user_id, rank, total, asked.radius, rank - above, tuple(rows))
