"""Writes and purges audit entries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from scoreboard_project.audit.actor import current_actor
from scoreboard_project.audit.models import MAX_NAME_LENGTH, AuditEntry

PURGE_BATCH = 10_000

Values = Mapping[str, Any]


def record_change(
    what: str, *, target: str = "", why: str = "", old: Values | None = None, new: Values | None = None
) -> None:
    """Write an entry for the current actor, in the transaction of the change: they commit together or not at all.

    Values must not contain secrets, addresses of users or anything else that identifies a user beyond the user id.
    """
    actor = current_actor()
    AuditEntry(
        who=actor.who[:MAX_NAME_LENGTH],
        origin=actor.origin[:MAX_NAME_LENGTH],
        what=what,
        target=target[:MAX_NAME_LENGTH],
        why=why,
        old=old,
        new=new,
        request_id=actor.request_id,
    ).save(force_insert=True)


def replace_erased_user(user_id: str, erased: str) -> None:
    """Replace the user's id in entries about them: the one change of an entry that PostgreSQL accepts."""
    AuditEntry.objects.filter(target=user_target(user_id)).update(target=user_target(erased))


def user_target(user_id: str) -> str:
    return f"user:{user_id}"


def count_entries(before: datetime) -> int:
    """How many entries are older."""
    return AuditEntry.objects.filter(at__lt=before).count()


def purge_entries(before: datetime) -> int:
    """Remove a batch of older entries. PostgreSQL keeps the entries of the last 30 days whatever is asked.

    Returns how many were removed; 0 when none is left.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT purge_audit_entries(%s, %s)", [before, PURGE_BATCH])
        return int(cursor.fetchone()[0])
