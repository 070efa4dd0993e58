"""Orders about held actions: approve and reject those of the chosen that still wait."""

from abc import abstractmethod
from collections.abc import Sequence

from scores.admin.moderating.order import MAX_SHOWN, Foresight, Order, Table, counted, signed
from scores.admin.read_only import exact_time
from scores.models import HeldAction
from scores.trust.quarantine import Decision, HeldSelection, approve_held, preview_decision, reject_held

HELD_HEADINGS = ("Reported (UTC)", "User", "Action type", "Points", "Metadata")


class DecideHeld(Order):
    def __init__(self, held: Sequence[HeldAction]) -> None:
        self.chosen = HeldSelection(action_ids=[action.pk for action in held])
        self.number = len(held)

    def foresee(self) -> Foresight:
        found, shown = preview_decision(self.chosen), self.chosen.waiting()[:MAX_SHOWN]
        facts = [("Actions", f"{found.actions:,}"), ("Points", f"{signed(found.points)} in all")]
        if left_out := self.number - found.actions:
            facts.append(("Left out", f"{counted(left_out, 'action')} decided already"))
        obstacle = "" if found.actions else "All of them are decided already."
        return Foresight(facts, Table(HELD_HEADINGS, [_row(each) for each in shown], found.actions), obstacle=obstacle)

    def carry_out(self, reason: str) -> str:
        decided = self.decide(reason)
        left_out = self.number - decided.actions
        others = f" {left_out} {'was' if left_out == 1 else 'were'} left out, decided already." if left_out else ""
        return self.told(decided) + others

    @abstractmethod
    def decide(self, reason: str) -> Decision: ...

    @abstractmethod
    def told(self, decided: Decision) -> str: ...


class ApproveHeld(DecideHeld):
    title = "Approve held actions"
    explanation = "They count, in the order in which they were reported, with the value that they had then."

    def decide(self, reason: str) -> Decision:
        return approve_held(self.chosen, reason=reason)

    def told(self, decided: Decision) -> str:
        again = f" {counted(decided.refused, 'action')} held again: a score would leave its range."
        return f"Approved {counted(decided.actions, 'action')}: {signed(decided.points)} points." + (
            again if decided.refused else ""
        )


class RejectHeld(DecideHeld):
    title = "Reject held actions"
    explanation = "They never count. This cannot be undone: award points instead."

    def decide(self, reason: str) -> Decision:
        return reject_held(self.chosen, reason=reason)

    def told(self, decided: Decision) -> str:
        return f"Rejected {counted(decided.actions, 'action')}, worth {decided.points:,} points. They never count."


def _row(held: HeldAction) -> tuple[str, ...]:
    return (
        exact_time(held.created_at),
        held.user_id,
        held.action_type,
        signed(held.score_increment),
        str(held.metadata or ""),
    )
