"""Reverses what a moderator chose, and undoes that. Interrupted and run again, it finishes; nothing counts twice.

Each event has a chain of reversals: its reversal, the reversal of that, and so on. An even number of them means that
the event counts. A moderation adds a link to the chains of events that count, and undoing it one more where its link
is the last.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
import uuid_utils
from django.db import transaction

from scoreboard_project.api.errors import InvalidRequest, NotFound
from scoreboard_project.audit.actor import current_actor
from scoreboard_project.audit.entries import record_change
from scores.locks import alone_with
from scores.models import Moderation
from scores.operations.reversals import KnownReversals, Reversal, ReversalSummary, reverse_actions
from scores.progress import Advance, unwatched
from scores.ranks.standings import database_now
from scores.trust.selections import MAX_EVENTS, ChosenEvent, Selection, chosen_events, some_events

Chain = list[Reversal]


class NothingLeft(InvalidRequest):
    """Whatever was chosen is reversed already. The moderation was not stored."""

    def __init__(self, already_reversed: int) -> None:
        super().__init__(
            "Nothing is left to reverse: all that was chosen is reversed already",
            details={"alreadyReversed": already_reversed},
        )
        self.already_reversed = already_reversed


def begin_moderation(selection: Selection, *, reason: str, most: int = MAX_EVENTS) -> Moderation:
    """Store what is to be reversed, before anything is. `run_moderation` does it.

    Raises NothingLeft, InvalidRequest if more than `most` events are left, or what `Selection.checked` raises.
    """
    now = database_now()
    fixed = selection.checked().ending(now)
    chains = [chain for _, chain in with_chains(some_events(fixed))]
    left = sum(map(counts, chains))
    if not left:
        raise NothingLeft(len(chains))
    if left > most:
        raise InvalidRequest(f"{left} events are too many. Choose at most {most}, or use manage.py moderate")
    with transaction.atomic():
        moderation = Moderation.objects.create(
            moderation_id=str(uuid_utils.uuid7()),
            selection=msgspec.to_builtins(fixed),
            reason=reason,
            who=current_actor().who,
            created_at=now,
        )
        _record("moderation.begun", moderation, reason, new=fixed.limits)
    return moderation


def run_moderation(moderation: Moderation, advance: Advance = unwatched) -> ReversalSummary:
    """Reverse what is left to reverse. Raises InvalidRequest if it was undone, or Django's database errors."""
    ours = moderation.moderation_id
    with alone_with(ours):
        moderation.refresh_from_db()
        if moderation.undone_at:
            raise InvalidRequest("This moderation was undone. Begin a new one")
        chosen, is_left = list(with_chains(chosen_events(selection_of(moderation)))), _left_of(moderation)
        wanted = [_last_action(event, chain) for event, chain in chosen if is_left(chain)]
        summary = reverse_actions(wanted, reason=moderation.reason, moderation_id=ours, advance=advance)
        summary.already_reversed += sum(not counts(chain) for _, chain in chosen)
        _finish(moderation, "finished_at", "moderation.finished", moderation.reason)
    return summary


def undo_moderation(moderation: Moderation, *, reason: str, advance: Advance = unwatched) -> ReversalSummary:
    """Let the events count again that it reversed, and that are reversed still. May be run again.

    Waits until the moderation itself has finished.
    """
    ours = moderation.moderation_id
    with alone_with(ours):
        wanted = [_last_action(event, chain) for event, chain in _chains(moderation, _made_by(moderation))]
        # No later run of it may reverse what this run restores.
        _finish(moderation, "undone_at", "moderation.undone", reason)
        return reverse_actions(wanted, reason=reason, moderation_id=ours, advance=advance)


def events_to_reverse(moderation: Moderation) -> list[ChosenEvent]:
    """What running it again would reverse."""
    return [event for event, _ in _chains(moderation, _left_of(moderation))]


def events_to_restore(moderation: Moderation) -> list[ChosenEvent]:
    """What undoing it would let count again."""
    return [event for event, _ in _chains(moderation, _made_by(moderation))]


def find_moderation(moderation_id: str) -> Moderation:
    """Raises NotFound."""
    found = Moderation.objects.filter(pk=moderation_id).first() if "\0" not in moderation_id else None
    if found is None:
        raise NotFound("There is no such moderation", details={"moderationId": moderation_id})
    return found


def selection_of(moderation: Moderation) -> Selection:
    return msgspec.convert(moderation.selection, Selection)


def with_chains(events: Iterable[ChosenEvent]) -> Iterator[tuple[ChosenEvent, Chain]]:
    chosen, known = list(events), KnownReversals()
    known.read(event.user_id for event in chosen)
    return ((event, known.chain_of(event.event_id)) for event in chosen)


def counts(chain: Chain) -> bool:
    """Whether an event with this chain counts."""
    return len(chain) % 2 == 0


def _left_of(moderation: Moderation) -> Callable[[Chain], bool]:
    """An event that it reversed, and somebody restored, stays restored when it is run again."""
    ours = moderation.moderation_id
    return lambda chain: counts(chain) and all(link.moderation_id != ours for link in chain)


def _made_by(moderation: Moderation) -> Callable[[Chain], bool]:
    """An event that it reversed, and that nobody has restored since."""
    ours = moderation.moderation_id
    return lambda chain: not counts(chain) and chain[-1].moderation_id == ours


def _chains(moderation: Moderation, is_wanted: Callable[[Chain], bool]) -> list[tuple[ChosenEvent, Chain]]:
    pairs = with_chains(chosen_events(selection_of(moderation)))
    return [(event, chain) for event, chain in pairs if is_wanted(chain)]


def _last_action(event: ChosenEvent, chain: Chain) -> str:
    return chain[-1].action_id if chain else event.action_id


def _finish(moderation: Moderation, field: str, what: str, reason: str) -> None:
    with transaction.atomic():
        unset = Moderation.objects.filter(pk=moderation.pk, **{f"{field}__isnull": True})
        if unset.update(**{field: database_now()}):
            _record(what, moderation, reason)
    moderation.refresh_from_db()


def _record(what: str, moderation: Moderation, reason: str, new: Mapping[str, object] | None = None) -> None:
    values = {"moderationId": moderation.moderation_id, **(new or {})}
    record_change(what, target=selection_of(moderation).target, why=reason, new=values)
