"""A user's points in each ten minutes of a day, and what everyone else's were in each hour of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from scores.models import UsualHour
from scores.sql.statements import read_sql
from scores.trust.detection.usual import at_share, from_step
from scores.trust.detection.windows import HOUR, floor

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Everyone:
    """The points in ten minutes of play of the user in the middle, and of the busiest twentieth at least."""

    middle: float
    busy: float


@dataclass(frozen=True)
class PointsByTime:
    """`own`: by the start of ten minutes. `everyone`: by hour, where it was counted."""

    since: datetime
    until: datetime
    own: Mapping[datetime, int]
    everyone: Mapping[datetime, Everyone]


def day_of(seen_until: datetime) -> datetime:
    """The end of the day that shows what a flag is about: some time is left after it."""
    return floor(seen_until, HOUR) + 3 * HOUR


def points_by_time(wanted: Sequence[tuple[str, datetime]]) -> list[PointsByTime]:
    """For each user id, the day that ends at the time, which is a whole hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            read_sql("detection/user_turns"),
            {"user_ids": [user_id for user_id, _ in wanted], "ends": [until for _, until in wanted]},
        )
        turns: list[dict[datetime, int]] = [{} for _ in wanted]
        for place, turn, points in cursor.fetchall():
            turns[place - 1][turn] = points
    hours = {until - HOUR * back for _, until in wanted for back in range(1, 25)}
    everyone = _everyone(hours)
    return [
        PointsByTime(
            until - DAY, until, own, {hour: found for hour, found in everyone.items() if until - DAY <= hour < until}
        )
        for (_, until), own in zip(wanted, turns, strict=True)
    ]


def _everyone(hours: set[datetime]) -> dict[datetime, Everyone]:
    rows = UsualHour.objects.filter(hour__in=hours).order_by("hour").values_list("hour", "counts__points")
    return {hour: _of(Counter({int(step): cases for step, cases in points.items()})) for hour, points in rows if points}


def _of(points: Counter[int]) -> Everyone:
    return Everyone(from_step(at_share(points, 0.5)), from_step(at_share(points, 0.95)))
