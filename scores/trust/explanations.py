"""Why a user's score is what it is: the sums of the events, what operators changed, and which events count no more."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Sum

from scores.models import OPERATOR_TYPES, REVERSAL, ScoreEvent
from scores.operations.reversals import KnownReversals
from scores.trust.moderations import counts as does_count

LATEST = 20


class TypeSum(NamedTuple):
    """The user's events of one action type."""

    action_type: str
    events: int
    points: int


@dataclass(frozen=True)
class Explanation:
    """`score` is the sum of all points. `corrections`: the latest events of operators, newest first."""

    sums: Sequence[TypeSum]
    corrections: Sequence[ScoreEvent]

    @property
    def score(self) -> int:
        return sum(each.points for each in self.sums)

    @property
    def events(self) -> int:
        return sum(each.events for each in self.sums)


def explain_score(user_id: str) -> Explanation:
    events = ScoreEvent.objects.filter(user_id=user_id)
    grouped = events.order_by().values_list("action_type").annotate(Count("event_id"), points=Sum("score_increment"))
    sums = [TypeSum(*row) for row in grouped.order_by("-points", "action_type")]
    has_corrections = any(each.action_type in OPERATOR_TYPES for each in sums)
    corrections = events.filter(action_type__in=OPERATOR_TYPES)[:LATEST] if has_corrections else ()
    return Explanation(sums, list(corrections))


@dataclass(frozen=True)
class JudgedEvent:
    """An event and whether it still counts. `note`: why not, or what it corrects."""

    event: ScoreEvent
    counts: bool
    note: str

    @property
    def metadata(self) -> str:
        """As JSON. Empty where there is none."""
        return json.dumps(self.event.metadata, ensure_ascii=False) if self.event.metadata else ""


def judge_events(user_id: str, events: Iterable[ScoreEvent]) -> list[JudgedEvent]:
    """Tell which events of the user were reversed."""
    known = KnownReversals()
    known.read([user_id])
    return [_judged(event, counts=does_count(known.chain_of(event.event_id))) for event in events]


def _judged(event: ScoreEvent, *, counts: bool) -> JudgedEvent:
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    note = f"reverses {metadata.get('reverses')}" if event.action_type == REVERSAL else ""
    if event.action_type in OPERATOR_TYPES and metadata.get("reason"):
        note = f"{note}: {metadata['reason']}" if note else str(metadata["reason"])
    return JudgedEvent(event, counts, note if counts else f"{note} reversed".strip())
