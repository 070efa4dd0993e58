"""Orders about flags: confirm and dismiss them."""

from collections.abc import Callable, Sequence

from scores.admin.moderating.order import MAX_SHOWN, Foresight, Order, Table, counted
from scores.models import Flag
from scores.trust.detection.decisions import confirm_flags, dismiss_flags

FLAG_HEADINGS = ("Day (UTC)", "User", "Kind", "Severity", "Status")


class DecideFlags(Order):
    work: Callable[..., int]

    def __init__(self, flags: Sequence[Flag]) -> None:
        self.flags = flags

    def foresee(self) -> Foresight:
        rows = [
            (f"{flag.day:%Y-%m-%d}", flag.user_id, flag.kind, flag.get_severity_display(), flag.get_status_display())
            for flag in self.flags[:MAX_SHOWN]
        ]
        return Foresight(table=Table(FLAG_HEADINGS, rows, len(self.flags)))

    def carry_out(self, reason: str) -> str:
        changed = type(self).work([flag.pk for flag in self.flags], reason=reason)
        return f"{counted(changed, 'flag')} changed."


class ConfirmFlags(DecideFlags):
    title = "Confirm flags"
    explanation = "The users did cheat. This does nothing to them: hold, hide or ban them too."
    work = confirm_flags


class DismissFlags(DecideFlags):
    title = "Dismiss flags"
    explanation = "There is nothing wrong."
    work = dismiss_flags
