"""A jump into the first places of the board within a day, with more points in an hour than even busy users get."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import Usual, from_step, quantile
from scores.trust.detection.windows import HOUR, TEN_MINUTES, Window

BUSY = 0.95
# Who was behind so many times the first places was not about to get there.
FAR_BEHIND = 5


class Gain(NamedTuple):
    """A user's points in an hour, the score after it, and the score a day before that."""

    user_id: str
    points: int
    before: int
    after: int


class Bar(NamedTuple):
    """Points that are too many for an hour, the score of the first places, and the score far behind them."""

    points: int
    high: int
    low: int


def judge(gains: Sequence[Gain], bar: Bar) -> list[Finding]:
    return [
        Finding(
            gain.user_id,
            severity_by(gain.points / bar.points, medium=2, high=4),
            {
                "points": gain.points,
                "before": gain.before,
                "after": gain.after,
                "place": settings.DETECTION_JUMP_PLACE,
                "limit": bar.points,
            },
        )
        for gain in gains
        if gain.points >= bar.points and gain.before < bar.low and gain.after >= bar.high
    ]


def find(window: Window, usual: Usual) -> list[Finding]:
    """Looks at the hour that ends with the window, so that no jump falls between two hours."""
    busy = quantile(usual.points, BUSY)
    if busy is None:
        return []
    points = round(settings.DETECTION_JUMP_FACTOR * from_step(busy) * (HOUR / TEN_MINUTES))
    gains = read("gains", Gain, Window(window.end - HOUR, window.end), fewest=points)
    place = settings.DETECTION_JUMP_PLACE
    if not gains or len(usual.scores) < FAR_BEHIND * place:
        return []
    return judge(gains, Bar(points, usual.scores[place - 1], usual.scores[FAR_BEHIND * place - 1]))


def describe(evidence: Mapping[str, Any]) -> str:
    place = evidence["place"]
    return (
        f"From {evidence['before']} to {evidence['after']} points within a day, into the first {place} from behind the "
        f"first {FAR_BEHIND * place}. {evidence['points']} of these points came in an hour; busy users get up to "
        f"{evidence['limit']}."
    )


JUMP = Kind("jump", "A jump to the top", TEN_MINUTES, find, describe)
