"""Holds the users of flags, where the flag's kind is set so."""

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.worker.declare import job
from scores.models import Flag
from scores.trust.quarantine import hold_users


@job
def hold_flagged(flag_id: int) -> None:
    """What the user does from now on waits for a moderator. Unless one has decided meanwhile, or the user is gone."""
    flag = Flag.objects.filter(pk=flag_id, status=Flag.Status.OPEN).first()
    if flag is None:
        return
    try:
        hold_users([flag.user_id], reason=f"flag {flag.pk}: {flag.kind}")
    except UserNotFound:
        return
