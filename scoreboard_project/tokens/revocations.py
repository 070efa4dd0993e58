"""Revokes all tokens of a user: those issued until now are refused, those issued from now on are valid."""

import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.entries import record_change, user_target
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, is_well_formed_text
from scoreboard_project.tokens.models import RefreshFamily, TokenRevocation
from scoreboard_project.tokens.token_state import wait_for_every_process

# Revocations commit one after another, each with a later time: see token_state.py.
IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('token_revocations'))"
CHANGE_TIME = """
SELECT clock_timestamp(),
    greatest(clock_timestamp(), (SELECT max(changed_at) FROM token_revocations) + interval '1 microsecond')
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
        # Tokens tell the whole second in which they were issued: those of this second are refused too.
        wait_for_every_process(until)
    return len(user_ids)


def _revoke(user_id: str, reason: str) -> float:
    """The unix time from which on the user's tokens are valid again."""
    if not is_well_formed_text(user_id, MAX_USER_ID_LENGTH):
        raise UserNotFound(details={"userId": user_id})
    with transaction.atomic(), connection.cursor() as cursor:
        # Waits for refresh tokens that are being spent; what they are exchanged for was issued before the time below.
        RefreshFamily.objects.filter(user_id=user_id).delete()
        cursor.execute(IN_TURN)
        cursor.execute(CHANGE_TIME)
        now, changed_at = cursor.fetchone()
        until = float(math.floor(max(now.timestamp(), time.time())) + 1)
        revoked_before = datetime.fromtimestamp(until, UTC)
        TokenRevocation(user_id=user_id, revoked_before=revoked_before, changed_at=changed_at).save()
        new = {"revokedBefore": revoked_before.isoformat()}
        record_change("user.tokens_revoked", target=user_target(user_id), why=reason, new=new)
    return until
