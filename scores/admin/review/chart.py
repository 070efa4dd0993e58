"""Charts of a user's points by time against everyone's: SVG without styles, so that no policy stands in their way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from scores.trust.detection.points_by_time import PointsByTime
from scores.trust.detection.windows import HOUR, TEN_MINUTES, floor

# Of a bar's time.
BAR = 0.8
Times = tuple[datetime, datetime]


@dataclass(frozen=True)
class Size:
    """In units of the drawing. A bar shows the best ten minutes of its time."""

    template: str
    width: int
    height: int
    bar: timedelta


SMALL = Size("scores/review/small_chart.html", 144, 28, HOUR)
LARGE = Size("scores/review/chart.html", 720, 160, TEN_MINUTES)


@dataclass(frozen=True)
class Scale:
    """Where a moment and a number of points are in the drawing."""

    size: Size
    since: datetime
    until: datetime
    top: float

    def x(self, moment: datetime) -> float:
        return round(self.size.width * ((moment - self.since) / (self.until - self.since)), 1)

    def y(self, points: float) -> float:
        return round(self.size.height * (1 - max(points, 0) / self.top), 1)

    def box(self, start: datetime, length: timedelta, points: float) -> dict[str, float]:
        width = self.size.width * (length / (self.until - self.since))
        y = self.y(points)
        return {"x": self.x(start), "y": y, "width": round(width, 1), "height": round(self.size.height - y, 1)}

    def steps(self, by_hour: Mapping[datetime, float]) -> str:
        """The path of a line that is level for each hour, and has gaps where an hour is missing."""
        ends = ((self.x(hour), self.x(hour + HOUR), self.y(points)) for hour, points in sorted(by_hour.items()))
        return " ".join(f"M{start} {y}H{end}" for start, end, y in ends)


def draw(found: PointsByTime, size: Size, marked: Times | None = None) -> SafeString:
    """`marked`: the time that a flag is about."""
    bars = _best(found.own, size.bar)
    busy = {hour: each.busy for hour, each in found.everyone.items()}
    most, usual = max(bars.values(), default=0), max(busy.values(), default=0.0)
    scale = Scale(size, found.since, found.until, max(1.0, most, usual))
    context: dict[str, Any] = {
        "size": size,
        "bars": [scale.box(at, BAR * size.bar, points) for at, points in sorted(bars.items())],
        "busy": scale.steps(busy),
        "middle": scale.steps({hour: each.middle for hour, each in found.everyone.items()}),
        "marked": scale.box(marked[0], marked[1] - marked[0], scale.top) if marked else None,
        "hours": [found.since + part * 6 * HOUR for part in range(4)],
        "found": found,
        "most": most,
        "usual": round(usual),
    }
    return SafeString(render_to_string(size.template, context))


def _best(own: Mapping[datetime, int], bar: timedelta) -> dict[datetime, int]:
    bars: dict[datetime, int] = {}
    for turn, points in own.items():
        at = floor(turn, bar)
        bars[at] = max(bars.get(at, 0), points)
    return bars
