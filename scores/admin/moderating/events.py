"""Orders about score events: reverse them, finish that, undo that."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import format_html

from scores.admin.moderating.order import MAX_SHOWN, Foresight, Order, Table, counted, signed
from scores.admin.read_only import exact_time
from scores.models import Moderation, ScoreEvent
from scores.operations.reversals import ReversalSummary
from scores.trust.moderations import begin_moderation, run_moderation, undo_moderation
from scores.trust.outcomes import Outcome
from scores.trust.previews import Preview, preview_moderation, preview_run, preview_undo
from scores.trust.selections import Selection

EVENT_HEADINGS = ("Time (UTC)", "User", "Action type", "Points")


class ReverseEvents(Order):
    """Begins a moderation."""

    title = "Reverse events"
    explanation = (
        "Each event gets a reversal, and the ranks close up. Reversals, and events that are reversed already, are left "
        "out. You can undo it."
    )

    def __init__(self, selection: Selection) -> None:
        self.selection = selection

    def foresee(self) -> Foresight:
        found = preview_moderation(self.selection)
        facts = [("Chosen", chosen_words(self.selection)), *_facts(found, "reversed")]
        obstacle = "" if found.events else "None of these events counts: there is nothing to reverse."
        return Foresight(facts, _table(self.selection.action_ids), found.top if found.events else None, obstacle)

    def carry_out(self, reason: str) -> str:
        moderation = begin_moderation(self.selection, reason=reason)
        return _told("Reversed", moderation, run_moderation(moderation))


class RunModeration(Order):
    """For one that was interrupted."""

    title = "Run the moderation again"
    explanation = (
        "What is left of it is reversed. Nothing is reversed twice, and what somebody restored stays restored."
    )

    def __init__(self, moderation: Moderation) -> None:
        self.moderation = moderation

    def foresee(self) -> Foresight:
        found = preview_run(self.moderation)
        undone = "This moderation was undone. Begin a new one." if self.moderation.undone_at else ""
        return Foresight(_facts(found, "reversed"), top=found.top if found.events else None, obstacle=undone)

    def carry_out(self, reason: str) -> str:
        return _told("Reversed", self.moderation, run_moderation(self.moderation))


class UndoModeration(Order):
    title = "Undo the moderation"
    explanation = "What it reversed counts again. Events that somebody else reversed stay reversed."

    def __init__(self, moderation: Moderation) -> None:
        self.moderation = moderation

    def foresee(self) -> Foresight:
        found = preview_undo(self.moderation)
        done = self.moderation.undone_at and not found.events
        obstacle = "It is undone: none of its events is reversed any more." if done else ""
        return Foresight(_facts(found, "restored"), top=found.top if found.events else None, obstacle=obstacle)

    def carry_out(self, reason: str) -> str:
        return _told("Restored", self.moderation, undo_moderation(self.moderation, reason=reason))


def chosen_words(selection: Selection) -> str:
    """`everything of user ana, from 2026-11-29 06:00:00 until 2026-11-29 07:00:00`."""
    if selection.action_ids:
        return f"{counted(len(selection.action_ids), 'event')} one by one"
    kinds = (("user", selection.user_id), ("address", selection.ip_address), ("action type", selection.action_type))
    whose = next(f"everything of {kind} {value}" for kind, value in kinds if value)
    since = f", from {exact_time(selection.since)}" if selection.since else ""
    until = f" until {exact_time(selection.until)}" if selection.until else " until now"
    return whose + since + until


def progress_words(moderation: Moderation, outcome: Outcome | None) -> str:
    """`finished: 37 events, -5,550 points`."""
    if moderation.undone_at:
        restored = f", {counted(outcome.restored, 'event')} restored" if outcome else ""
        return f"undone {exact_time(moderation.undone_at)}{restored}"
    reversed_ = f": {counted(outcome.reversed, 'event')}, {signed(outcome.points)} points" if outcome else ""
    refused = f", {outcome.refused:,} refused" if outcome and outcome.refused else ""
    return ("finished" if moderation.finished_at else "running, or interrupted") + reversed_ + refused


def _facts(found: Preview, verb: str) -> list[tuple[str, str]]:
    return [
        ("Events", f"{found.events:,} would be {verb}"),
        ("Users", f"{found.users:,}"),
        ("Points", f"{signed(found.points)} in all"),
    ]


def _table(action_ids: Sequence[str] | None) -> Table | None:
    if not action_ids:
        return None
    events = ScoreEvent.objects.filter(action_id__in=action_ids).order_by("created_at", "event_id")[:MAX_SHOWN]
    rows = [(exact_time(e.created_at), e.user_id, e.action_type, signed(e.score_increment)) for e in events]
    return Table(EVENT_HEADINGS, rows, len(action_ids))


def _told(verb: str, moderation: Moderation, summary: ReversalSummary) -> str:
    address = reverse("admin:scores_moderation_change", args=[moderation.pk])
    refused = f" {counted(summary.refused, 'event')} refused: {'; '.join(summary.problems)}." if summary.refused else ""
    return format_html(
        '{} {} ({} points).{} <a href="{}">See the moderation</a>.',
        verb,
        counted(summary.reversed, "event"),
        signed(summary.points),
        refused,
        address,
    )
