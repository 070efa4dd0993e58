"""What is usual: what users did, earned and needed in the week before, counted once for each hour."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
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

# From a number, or the number of a step, to how many cases there were.
Counts = Counter[int]


@dataclass(frozen=True)
class Usual:
    """Each count is read when a detector first asks for it."""

    since: datetime
    until: datetime

    @cached_property
    def paces(self) -> Counts:
        """How many actions users did in ten minutes in which they did something."""
        return self._counts("paces")

    @cached_property
    def points(self) -> Counts:
        """How many points that gave them, in steps."""
        return self._counts("points")

    @cached_property
    def first_points(self) -> Counts:
        """The same of users in their first ten minutes."""
        return self._counts("first_points")

    @cached_property
    def durations(self) -> dict[tuple[str, str], Counts]:
        """By action type and level: how many seconds it took, in steps."""
        found: dict[tuple[str, str], Counts] = {}
        for key, cases in self._sums("durations"):
            action_type, level, step = json.loads(key)
            found.setdefault((action_type, level), Counter())[step] = cases
        return found

    @cached_property
    def users(self) -> int:
        """How many users there were in each hour, summed."""
        return dict(self._sums("users")).get("users", 0)

    def agents_of(self, share: float) -> list[str]:
        """The families of agents that at least that share of users had."""
        return [agent for agent, users in self._sums("agents") if users >= share * self.users]

    def crowds_at(self, blocks: Iterable[str]) -> dict[str, int]:
        """How many users were behind these addresses in an hour, on two days at least."""
        return dict(self._read("usual_crowds", blocks=list(blocks)))

    @cached_property
    def scores(self) -> list[int]:
        """The latest scores of those who were high up in any of the hours, best first. Too few if too few played."""
        return [score for (score,) in self._read("usual_scores")] if self.users >= FEWEST else []

    def _counts(self, name: str) -> Counts:
        return Counter({int(key): cases for key, cases in self._sums(name)})

    def _sums(self, name: str) -> list[tuple[str, int]]:
        return self._read("usual_sums", name=name)

    def _read(self, statement: str, **parameters: Any) -> list[Any]:  # noqa: ANN401 - of SQL
        with connection.cursor() as cursor:
            cursor.execute(read_sql(f"detection/{statement}"), {"since": self.since, "until": self.until, **parameters})
            rows: list[Any] = cursor.fetchall()
        return rows


def quantile(counts: Counts, share: float) -> int | None:
    """The number below which that share of the cases is. None if there are too few cases to tell."""
    return at_share(counts, share) if counts.total() >= FEWEST else None


def at_share(counts: Counts, share: float) -> int:
    """The same of any number of cases but none."""
    below, wanted = 0, share * counts.total()
    for number in sorted(counts):
        below += counts[number]
        if below >= wanted:
            break
    return number


def from_step(step: int) -> float:
    """The number of a step: steps are a tenth apart."""
    return math.exp(step / STEPS)


def usual_before(window: Window, earlier: Usual | None = None) -> Usual:
    """What was usual in the week before the window's hour, as far as it was counted.

    `earlier`: of another window. What was read for it is kept if its hour is the same.
    """
    end = floor(window.start, HOUR)
    return earlier if earlier and earlier.until == end else Usual(end - HOURS * HOUR, end)


def uncounted_hours(usual: Usual) -> list[Window]:
    """The hours that are still to be counted for it."""
    counted = UsualHour.objects.filter(hour__gte=usual.since, hour__lt=usual.until)
    known = set(counted.values_list("hour", flat=True))
    return [hour for hour in windows(usual.since, usual.until, HOUR) if hour.start not in known]


def count_hour(hour: Window) -> None:
    with connection.cursor() as cursor:
        cursor.execute(read_sql("detection/usual_hour"), parameters_of(hour))


def forget_old_hours(now: datetime) -> None:
    UsualHour.objects.filter(hour__lt=now - (HOURS + 24) * timedelta(hours=1)).delete()
