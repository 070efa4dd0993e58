"""How far moderations came, from the audit: each run has an entry at its end."""

from collections.abc import Iterable
from dataclasses import dataclass

from scoreboard_project.audit.models import AuditEntry
from scores.models import Moderation


@dataclass(slots=True)
class Outcome:
    """What all runs of a moderation reversed, and what its undoing restored. Points are signed."""

    reversed: int = 0
    restored: int = 0
    points: int = 0
    refused: int = 0


def outcomes_of(moderations: Iterable[Moderation]) -> dict[str, Outcome]:
    """By moderation id. One that is interrupted, or so old that its entries are purged, has none."""
    by_target = {f"moderation:{moderation.pk}": moderation for moderation in moderations}
    found: dict[str, Outcome] = {}
    for entry in AuditEntry.objects.filter(target__in=by_target, what="events.reversed").order_by():
        moderation, new = by_target[entry.target], entry.new or {}
        outcome = found.setdefault(moderation.pk, Outcome())
        if moderation.undone_at and entry.at >= moderation.undone_at:
            outcome.restored += new["reversed"]
        else:
            outcome.reversed += new["reversed"]
            outcome.points += new["points"]
            outcome.refused = new["refused"]
    return found
