"""Metadata that cannot be: levels finished far faster than the fastest per cent of users, or in no time."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import Counts, Usual, from_step, quantile
from scores.trust.detection.windows import HOUR, Window

FASTEST = 0.01


class QuickLevels(NamedTuple):
    """How often a user was too quick, and the worst of it: actionType, level, seconds, limit (None: there is none)."""

    user_id: str
    times: int
    worst: Mapping[str, Any]


def limits_of(durations: Mapping[tuple[str, str], Counts]) -> list[dict[str, Any]]:
    """For each action type and level that enough users have finished: in less time it cannot be."""
    found = ((key, quantile(counts, FASTEST)) for key, counts in durations.items())
    return [
        {"action_type": action_type, "level": level, "fastest": settings.DETECTION_DURATION_FACTOR * from_step(step)}
        for (action_type, level), step in found
        if step is not None
    ]


def judge(found: Sequence[QuickLevels], fewest: int) -> list[Finding]:
    return [
        Finding(
            quick.user_id,
            severity_by(quick.times / fewest, medium=3, high=8),
            {"times": quick.times, **{name: _rounded(value) for name, value in quick.worst.items()}},
        )
        for quick in found
        if quick.times >= fewest
    ]


def _rounded(value: object) -> object:
    return round(value, 2) if isinstance(value, float) else value


def find(window: Window, usual: Usual) -> list[Finding]:
    limits, fewest = json.dumps(limits_of(usual.durations)), settings.DETECTION_DURATION_TIMES
    return judge(read("quick_levels", QuickLevels, window, limits=limits, fewest=fewest), fewest)


def describe(evidence: Mapping[str, Any]) -> str:
    level = f" {evidence['level']}" if evidence["level"] is not None else ""
    limit = f"nobody can be faster than {evidence['limit']} s" if evidence["limit"] else "that is no time at all"
    return (
        f"Too fast {evidence['times']} times in an hour: {evidence['actionType']}{level} in {evidence['seconds']} s, "
        f"but {limit}."
    )


IMPOSSIBLE_METADATA = Kind("impossible_metadata", "Faster than anyone can be", HOUR, find, describe)
