"""What a moderator decides about flags."""

from collections.abc import Sequence

from django.db import transaction

from scoreboard_project.audit.actor import current_actor
from scoreboard_project.audit.entries import record_change, user_target
from scores.models import Flag
from scores.ranks.standings import database_now


def confirm_flags(flag_ids: Sequence[int], *, reason: str) -> int:
    """The users did cheat. Returns how many flags that changed. It does nothing to the users."""
    return _decide(flag_ids, Flag.Status.CONFIRMED, reason)


def dismiss_flags(flag_ids: Sequence[int], *, reason: str) -> int:
    """There is nothing wrong. Returns how many flags that changed."""
    return _decide(flag_ids, Flag.Status.DISMISSED, reason)


def _decide(flag_ids: Sequence[int], status: Flag.Status, reason: str) -> int:
    with transaction.atomic():
        flags = Flag.objects.select_for_update().filter(pk__in=flag_ids).exclude(status=status).order_by("pk")
        changed = list(flags)
        Flag.objects.filter(pk__in=[flag.pk for flag in changed]).update(
            status=status, decided_at=database_now(), decided_by=current_actor().who, reason=reason
        )
        for flag in changed:
            values = {"flagId": flag.pk, "kind": flag.kind, "status": status.value}
            record_change(
                f"flag.{status}", target=user_target(flag.user_id), why=reason, old={"status": flag.status}, new=values
            )
    return len(changed)
