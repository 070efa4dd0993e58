"""Revokes all tokens of a user: those issued until now are refused, those issued from now on are valid."""

import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.entries import record_change, user_target
from scoreboard_project.tokens.changes import begin_change
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, is_well_formed_text
from scoreboard_project.tokens.models import RefreshFamily, TokenRevocation
from scoreboard_project.tokens.rotation import longest_noted_expiry, usual_expiry
from scoreboard_project.tokens.token_state import LEASE_SECONDS, wait_for_every_process
from scoreboard_project.tokens.tokens import accepts_outside_tokens

PURGE_BATCH = 10_000
PURGE = """
DELETE FROM token_revocations WHERE user_id IN (
    SELECT user_id FROM token_revocations WHERE expires_at < %(now)s LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
"""


def revoke_tokens(user_ids: Sequence[str], *, reason: str) -> int:
    """Refuse every token that the users have, access and refresh tokens, from when this returns, in every process.

    Tokens that are issued after it returned are valid. Returns the number of users, who need not have scored: game
    servers and staff have tokens too. Raises UserNotFound for what cannot be a user id.
    """
    until = 0.0
    try:
        for user_id in user_ids:
            until = _revoke(user_id, reason)
    finally:
        # Clocks of other machines may be ahead by as long.
        wait_for_every_process(until)
    return len(user_ids)


def _revoke(user_id: str, reason: str) -> float:
    """The unix time from which on the user's tokens are valid again."""
    if not is_well_formed_text(user_id, MAX_USER_ID_LENGTH):
        raise UserNotFound(details={"userId": user_id})
    with transaction.atomic():
        # Waits for refresh tokens that are being spent; what they are exchanged for was issued before the time below.
        RefreshFamily.objects.filter(user_id=user_id).delete()
        now, changed_at = begin_change(TokenRevocation._meta.db_table)
        until = max(now.timestamp(), time.time()) + LEASE_SECONDS
        if accepts_outside_tokens():
            # Their issuers tell the whole second only.
            until = math.floor(until) + 1.0
        revoked_before = datetime.fromtimestamp(until, UTC)
        TokenRevocation(
            user_id=user_id, revoked_before=revoked_before, expires_at=_expiry(revoked_before), changed_at=changed_at
        ).save()
        new = {"revokedBefore": revoked_before.isoformat()}
        record_change("user.tokens_revoked", target=user_target(user_id), why=reason, new=new)
    return until


def _expiry(revoked_before: datetime) -> datetime | None:
    """When every revoked token has expired; None if an outside issuer says how long its tokens are valid."""
    if accepts_outside_tokens():
        return None
    noted = datetime.fromtimestamp(longest_noted_expiry(), UTC)
    return max(usual_expiry(revoked_before), noted + timedelta(seconds=settings.JWT_LEEWAY_SECONDS))


def purge_revocations(now: datetime) -> int:
    """Remove a batch of revocations whose tokens have all expired. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(PURGE, {"now": now, "most": PURGE_BATCH})
        return int(cursor.rowcount)
