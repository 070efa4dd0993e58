"""What a detector says, and how it becomes flags: each once, however often the same window is looked at."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from scoreboard_project.audit.entries import record_change, user_target
from scores.models import Flag
from scores.trust.detection.holds import hold_flagged
from scores.trust.detection.usual import Usual
from scores.trust.detection.windows import Window

LOW, MEDIUM, HIGH = Flag.Severity.LOW, Flag.Severity.MEDIUM, Flag.Severity.HIGH
# A threshold that does not fit the game must not bury the moderators.
MOST_FINDINGS = 500
# Of several windows on a day the first counts, in whichever order they are looked at.
STORE = """
INSERT INTO flags (kind, user_id, day, seen_from, seen_until, severity, evidence)
SELECT %(kind)s, user_id, %(day)s, %(start)s, %(end)s, severity, evidence
FROM json_to_recordset(%(findings)s::json) AS found (user_id text, severity smallint, evidence jsonb)
ORDER BY user_id
ON CONFLICT (user_id, kind, day) DO UPDATE
SET seen_from = excluded.seen_from, seen_until = excluded.seen_until, severity = excluded.severity,
    evidence = excluded.evidence
WHERE flags.seen_from > excluded.seen_from AND flags.status = 'open'
RETURNING flag_id, user_id, severity, xmax = 0 AS is_new
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about a user. `evidence` is what the detector puts into words later; it must be JSON."""

    user_id: str
    severity: int
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A detector: what it looks at, how long a piece of time at once, and its evidence in words."""

    name: str
    title: str
    span: timedelta
    find: Callable[[Window, Usual], Sequence[Finding]]
    describe: Callable[[Mapping[str, Any]], str]


def severity_by(factor: float, *, medium: float, high: float) -> int:
    return HIGH if factor >= high else MEDIUM if factor >= medium else LOW


def store_findings(kind: str, window: Window, findings: Iterable[Finding]) -> int:
    """Make flags in the current transaction, and hold their users if the kind is set so. Returns how many are new."""
    wanted = sorted(findings, key=lambda finding: (-finding.severity, finding.user_id))[:MOST_FINDINGS]
    if not wanted:
        return 0
    rows = [{"user_id": each.user_id, "severity": each.severity, "evidence": each.evidence} for each in wanted]
    values: dict[str, Any] = {
        "kind": kind,
        "day": window.start.astimezone(UTC).date(),
        "start": window.start,
        "end": window.end,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, {**values, "findings": json.dumps(rows)})
        new = [row[:3] for row in cursor.fetchall() if row[3]]
    for flag_id, user_id, severity in new:
        record_change(
            "flag.made", target=user_target(user_id), new={"flagId": flag_id, "kind": kind, "severity": severity}
        )
        if kind in settings.DETECTION_HOLD_KINDS:
            hold_flagged.defer(flag_id=flag_id)
    return len(new)
