"""A rate far above what everyone and the user themselves usually do."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import Usual, quantile
from scores.trust.detection.windows import TEN_MINUTES, Window

# Of a hundred turns ninety-five have fewer actions. Not ninety-nine: cheats are among them.
BUSY = 0.95


class Pace(NamedTuple):
    """`own_pace`: the user's average of a week in ten minutes in which they played; 0 for a new user."""

    user_id: str
    actions: int
    points: int
    own_pace: float


def most_usual(usual: Usual) -> int:
    """The number of actions in ten minutes up to which nobody is odd."""
    busy = quantile(usual.paces, BUSY) or 0
    return max(settings.DETECTION_RATE_ACTIONS, round(settings.DETECTION_RATE_FACTOR * busy))


def judge(paces: Sequence[Pace], limit: int) -> list[Finding]:
    return [
        Finding(
            pace.user_id,
            severity_by(pace.actions / limit, medium=2, high=4),
            {"actions": pace.actions, "points": pace.points, "limit": limit, "ownPace": round(pace.own_pace, 1)},
        )
        for pace in paces
        if pace.actions > limit and pace.actions > settings.DETECTION_RATE_OWN_FACTOR * pace.own_pace
    ]


def find(window: Window, usual: Usual) -> list[Finding]:
    limit = most_usual(usual)
    return judge(read("paces", Pace, window, fewest=limit + 1), limit)


def describe(evidence: Mapping[str, Any]) -> str:
    own = evidence["ownPace"]
    usually = (
        f"Otherwise the user does {own} in ten minutes of play" if own else "The user had not played in the week before"
    )
    return (
        f"{evidence['actions']} actions for {evidence['points']} points in ten minutes; up to {evidence['limit']} are "
        f"usual here. {usually}."
    )


RATE = Kind("rate", "Far too many actions", TEN_MINUTES, find, describe)
