"""Actions at intervals as regular as a clock's: nobody plays like that for half an hour."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import Usual
from scores.trust.detection.windows import HOUR, Window


class Rhythm(NamedTuple):
    """A user's gaps between actions, in seconds: how many, and their tenth, fiftieth and ninetieth percentile."""

    user_id: str
    gaps: int
    p10: float
    p50: float
    p90: float

    @property
    def spread(self) -> float:
        """The breadth of the middle four fifths: pauses and single outliers do not count."""
        return (self.p90 - self.p10) / self.p50


def judge(rhythms: Sequence[Rhythm], limit: float) -> list[Finding]:
    return [
        Finding(
            rhythm.user_id,
            severity_by(limit / max(rhythm.spread, 0.001), medium=2, high=5),
            {"actions": rhythm.gaps + 1, "seconds": round(rhythm.p50, 2), "spread": round(rhythm.spread, 3)},
        )
        for rhythm in rhythms
        if rhythm.spread < limit
    ]


def find(window: Window, usual: Usual) -> list[Finding]:
    rhythms = read("rhythms", Rhythm, window, fewest=settings.DETECTION_INTERVALS_ACTIONS)
    return judge(rhythms, settings.DETECTION_INTERVALS_SPREAD)


def describe(evidence: Mapping[str, Any]) -> str:
    return (
        f"{evidence['actions']} actions in an hour, one every {evidence['seconds']} s. Most of these intervals differ "
        f"by {100 * evidence['spread']:.1f} % at most."
    )


INTERVALS = Kind("intervals", "As regular as a clock", HOUR, find, describe)
