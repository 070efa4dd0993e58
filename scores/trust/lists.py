"""Lists for moderators: what was reversed, and what is or was held."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from scores.models import HeldAction, Moderation
from scores.trust.existence import check_action_type, check_user_of_held, check_users

MODERATION_STATUSES: Mapping[str, Q] = {
    # Interrupted, or still running.
    "unfinished": Q(finished_at=None, undone_at=None),
    "finished": Q(finished_at__isnull=False, undone_at=None),
    "undone": Q(undone_at__isnull=False),
}
HELD_STATUSES = tuple(str(state) for state in HeldAction.State)
Row = TypeVar("Row", bound=Model)


def status_of(moderation: Moderation) -> str:
    """One of MODERATION_STATUSES."""
    if moderation.undone_at:
        return "undone"
    return "finished" if moderation.finished_at else "unfinished"


def list_moderations(
    *, limit: int, offset: int, user_id: str | None = None, status: str | None = None
) -> tuple[Sequence[Moderation], int]:
    """A page, newest first, and how many there are. With `user_id` those that chose this user.

    Raises UserNotFound.
    """
    wanted = MODERATION_STATUSES[status] if status else Q()
    if user_id:
        check_users([user_id])
        wanted &= Q(selection__userId=user_id)
    return _page(Moderation.objects.filter(wanted), limit, offset)


def list_held(
    *, limit: int, offset: int, status: str | None, user_id: str | None = None, action_type: str | None = None
) -> tuple[Sequence[HeldAction], int]:
    """A page of actions with this status, and how many there are. The queue is oldest first, what was decided newest.

    No status is that of the queue.
    Raises UserNotFound or InvalidActionType.
    """
    wanted = {"state": status or HeldAction.State.HELD}
    if user_id:
        check_user_of_held(user_id)
        wanted["user_id"] = user_id
    if action_type:
        check_action_type(action_type)
        wanted["action_type"] = action_type
    # How an index has the queue, which this condition chooses.
    waiting = {"applied_at": None} if wanted["state"] == HeldAction.State.HELD else {}
    order = ("created_at", "action_id") if waiting else ("-created_at", "-action_id")
    return _page(HeldAction.objects.filter(**wanted, **waiting).order_by(*order), limit, offset)


def _page(rows: QuerySet[Row], limit: int, offset: int) -> tuple[Sequence[Row], int]:
    total = rows.count()
    return (list(rows[offset : offset + limit]) if offset < total else []), total
