"""Reverses actions that should not have counted.

The ledger is append-only: a reversal is a new score event whose metadata names the event it reverses. It goes through
the write path like any other action.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from action_types.services import ensure_reserved_action_type
from scoreboard_project.audit.entries import record_change
from scoreboard_project.runtime.flows.flow import run
from scores.locks import no_erasure
from scores.models import REVERSAL, ScoreEvent
from scores.operations.refusals import Refusals
from scores.progress import Advance, unwatched
from scores.services.actions import Reporter, ScoreAction
from scores.services.apply import apply_score_actions
from scores.services.usernames import with_known_usernames

BATCH = 1000


@dataclass
class ReversalSummary(Refusals):
    """What was reversed, or what a dry run would have reversed."""

    reversed: int = 0
    points: int = 0
    already_reversed: int = 0


def actions_of(user_id: str, *, since: datetime | None = None, until: datetime | None = None) -> list[str]:
    """Action ids of the user's events from `since` and before `until`, oldest first. Reversals are left out."""
    events = ScoreEvent.objects.filter(user_id=user_id).exclude(action_type=REVERSAL)
    if since:
        events = events.filter(created_at__gte=since)
    if until:
        events = events.filter(created_at__lt=until)
    return list(events.order_by("created_at", "event_id").values_list("action_id", flat=True))


@dataclass(frozen=True, slots=True)
class Reversal:
    """A score event that reverses another. `moderation_id` is empty for one that belongs to no moderation."""

    event_id: str
    action_id: str
    moderation_id: str


class KnownReversals:
    """The reversals of users' events, read once per user.

    Read from the ledger, because request ids are purged, and erased with their user.
    """

    def __init__(self) -> None:
        self._users: set[str] = set()
        # By the id of the reversed event.
        self._found: dict[str, Reversal] = {}

    def read(self, user_ids: Iterable[str]) -> None:
        new = set(user_ids) - self._users
        self._users |= new
        events = ScoreEvent.objects.filter(user_id__in=new, action_type=REVERSAL) if new else ScoreEvent.objects.none()
        for event_id, action_id, metadata in events.values_list("event_id", "action_id", "metadata"):
            if metadata and isinstance(reversed_id := metadata.get("reverses"), str):
                self._found[reversed_id] = Reversal(event_id, action_id, metadata.get("moderation") or "")

    def chain_of(self, event_id: str) -> list[Reversal]:
        """Its reversal, the reversal of that, and so on: of an event that counts there are none, or an even number."""
        chain: list[Reversal] = []
        while found := self._found.get(event_id):
            chain.append(found)
            event_id = found.event_id
        return chain


def reverse_actions(
    action_ids: Sequence[str],
    *,
    reason: str,
    moderation_id: str = "",
    dry_run: bool = False,
    advance: Advance = unwatched,
) -> ReversalSummary:
    """Reverse each action once, in transactions of a thousand. Skips actions that are already reversed.

    Reversing a reversal makes the action count again, with its original value. Raises Django's database errors.
    """
    summary, known = ReversalSummary(), KnownReversals()
    note = {"reason": reason} | ({"moderation": moderation_id} if moderation_id else {})
    target = f"moderation:{moderation_id}" if moderation_id else ""
    if not dry_run:
        ensure_reserved_action_type(REVERSAL, description="Takes back an earlier action", category="correction")
        record_change("events.reversal_started", target=target, why=reason, new={"actions": len(action_ids)})
    for batch in _batches(list(dict.fromkeys(action_ids))):
        with no_erasure():
            events = _left_to_reverse(batch, known, summary)
            if dry_run:
                _note(summary, events)
            else:
                _reverse(events, note, summary)
        advance(len(batch))
    if not dry_run:
        counts = {"reversed": summary.reversed, "points": summary.points, "refused": summary.refused}
        record_change("events.reversed", target=target, why=reason, new=counts)
    return summary


def _batches(action_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(action_ids), BATCH):
        yield action_ids[first : first + BATCH]


def _left_to_reverse(action_ids: Sequence[str], known: KnownReversals, summary: ReversalSummary) -> list[ScoreEvent]:
    found = {event.action_id: event for event in ScoreEvent.objects.filter(action_id__in=action_ids)}
    known.read(event.user_id for event in found.values())
    left = []
    for action_id in action_ids:
        event = found.get(action_id)
        if event is None:
            summary.refuse(action_id, "there is no such action")
        elif known.chain_of(event.event_id):
            summary.already_reversed += 1
        else:
            left.append(event)
    return left


def _reverse(events: Sequence[ScoreEvent], note: Mapping[str, str], summary: ReversalSummary) -> None:
    results = apply_score_actions(run(with_known_usernames([_reversal_of(event, note) for event in events])))
    for event, result in zip(events, results, strict=True):
        if result.error:
            summary.refuse(event.action_id, str(result.error))
        elif result.is_replay:
            summary.already_reversed += 1
        else:
            _note(summary, [event])


def _note(summary: ReversalSummary, events: Iterable[ScoreEvent]) -> None:
    for event in events:
        summary.reversed += 1
        summary.points -= event.score_increment


def _reversal_of(event: ScoreEvent, note: Mapping[str, str]) -> ScoreAction:
    return ScoreAction(
        user_id=event.user_id,
        username="",
        # Two operators at once reverse the action only once. Clients cannot use this id: theirs have no spaces.
        request_id=f"reversal of {event.action_id}",
        action_type=REVERSAL,
        metadata={"reverses": event.event_id, **note},
        points=-event.score_increment,
        reporter=Reporter.OPERATOR,
    )
