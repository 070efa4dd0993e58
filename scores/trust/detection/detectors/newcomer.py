"""A new user who scores at once, and far more than others in their first ten minutes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import Usual, from_step, quantile
from scores.trust.detection.windows import TEN_MINUTES, Window

GOOD = 0.95


class Start(NamedTuple):
    """What a new user did in the window."""

    user_id: str
    actions: int
    points: int


def judge(starts: Sequence[Start], limit: int) -> list[Finding]:
    return [
        Finding(
            start.user_id,
            severity_by(start.points / limit, medium=2, high=4),
            {"actions": start.actions, "points": start.points, "limit": limit},
        )
        for start in starts
        if start.points > limit
    ]


def find(window: Window, usual: Usual) -> list[Finding]:
    good = quantile(usual.first_points, GOOD)
    if good is None:
        return []
    limit = round(settings.DETECTION_NEWCOMER_FACTOR * from_step(good))
    return judge(read("newcomers", Start, window, fewest=limit), limit)


def describe(evidence: Mapping[str, Any]) -> str:
    return (
        f"New here, and {evidence['points']} points by {evidence['actions']} actions in ten minutes; up to "
        f"{evidence['limit']} are usual for new users."
    )


NEWCOMER = Kind("newcomer", "A new user who scores at once", TEN_MINUTES, find, describe)
