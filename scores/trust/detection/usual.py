"""What is usual: how much users did, earned and needed in the hours before."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from scores.models import UsualHour
from scores.sql.statements import read_sql
from scores.trust.detection.ledger import parameters_of
from scores.trust.detection.windows import HOUR, Window, floor, windows

# A week, so that a quiet night is not compared with a quiet night only.
HOURS = 7 * 24
# Fewer cases do not tell what is usual.
FEWEST = 200
# Numbers that spread far are counted in steps of a tenth.
STEPS = 10

# From the number of a step, or from a number, to how many cases there were.
Counts = Counter[int]


@dataclass
class Usual:
    """Counted are pairs of a user and ten minutes in which the user did something."""

    paces: Counts = field(default_factory=Counter)
    points: Counts = field(default_factory=Counter)
    # Of users in their first ten minutes.
    first_points: Counts = field(default_factory=Counter)
    # By action type and level: how long it took.
    durations: dict[tuple[str, str], Counts] = field(default_factory=dict)
    # Pairs of a user and an hour, by agent and in all.
    agents: Counter[str] = field(default_factory=Counter)
    users: int = 0
    # The latest scores of those who were high up in any of the hours.
    scores: dict[str, int] = field(default_factory=dict)

    def add(self, counts: Mapping[str, Any]) -> None:
        """The counts of a later hour."""
        for name, kept in (("paces", self.paces), ("points", self.points), ("first_points", self.first_points)):
            kept.update({int(step): count for step, count in counts.get(name, {}).items()})
        for action_type, level, steps in counts.get("durations", ()):
            found = self.durations.setdefault((action_type, level), Counter())
            found.update({int(step): count for step, count in steps.items()})
        self.agents.update(counts.get("agents", {}))
        self.users += counts.get("users", 0)
        self.scores.update(counts.get("scores", {}))

    def score_of_place(self, place: int) -> int | None:
        """The score that is needed for a place among those who played. None while too few have played."""
        ordered = sorted(self.scores.values(), reverse=True)
        return ordered[place - 1] if len(ordered) >= place and self.users >= FEWEST else None

    def share_of_agent(self, agent: str) -> float:
        return self.agents[agent] / self.users if self.users else 0.0


def quantile(counts: Counts, share: float) -> int | None:
    """The number below which that share of the cases is. None if there are too few cases."""
    total = counts.total()
    if total < FEWEST:
        return None
    below = 0
    for number in sorted(counts):
        below += counts[number]
        if below >= share * total:
            break
    return number


def from_step(step: int | None) -> float | None:
    """The number of a step: steps are a tenth apart."""
    return None if step is None else math.exp(step / STEPS)


def usual_before(window: Window) -> Usual:
    """What was usual in the week before the window's hour. Hours that were not counted yet are."""
    end = floor(window.start, HOUR)
    usual = Usual()
    for counts in _hours(end - HOURS * HOUR, end):
        usual.add(counts)
    return usual


def forget_old_hours(now: datetime) -> None:
    UsualHour.objects.filter(hour__lt=now - (HOURS + 24) * timedelta(hours=1)).delete()


def _hours(since: datetime, until: datetime) -> Iterable[Mapping[str, Any]]:
    known = dict(UsualHour.objects.filter(hour__gte=since, hour__lt=until).values_list("hour", "counts"))
    missing = [hour for hour in windows(since, until, HOUR) if hour.start not in known]
    known |= {hour.start: _count(hour) for hour in missing}
    UsualHour.objects.bulk_create(
        [UsualHour(hour=hour.start, counts=known[hour.start]) for hour in missing], ignore_conflicts=True
    )
    return (known[hour] for hour in sorted(known))


def _count(hour: Window) -> Mapping[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(read_sql("detection/usual_hour"), parameters_of(hour))
        counts: Mapping[str, Any] = cursor.fetchone()[0]
    return counts
