"""Single-use refresh tokens. Whoever spends one gets its successor; whoever spends it again ends the whole family.

A client whose answer was lost may repeat within JWT_REFRESH_GRACE_SECONDS, and gets the same successor again.
"""

import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from scoreboard_project.tokens.claims.token_claims import RefreshClaims
from scoreboard_project.tokens.models import RefreshFamily

# Each login removes some: no table grows without end, and no command is needed.
REMOVE_EXPIRED = """
DELETE FROM refresh_families WHERE family IN (
    SELECT family FROM refresh_families WHERE expires_at < %(before)s LIMIT 100 FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class UnspentToken:
    """The refresh token that a client may spend next."""

    claims: RefreshClaims
    issued_at: int


def begin_family(*, user_id: str, auth_hash: str) -> UnspentToken:
    """The first token of a login."""
    claims = RefreshClaims(user_id, auth_hash, uuid.uuid4(), 1)
    now = int(time.time())
    _remove_expired(now)
    RefreshFamily.objects.create(
        family=claims.family, user_id=user_id, serial=1, issued_at=now, expires_at=now + settings.JWT_REFRESH_SECONDS
    )
    return UnspentToken(claims, now)


def spend(claims: RefreshClaims) -> UnspentToken | None:
    """The successor of a refresh token, or None if the family has ended. A token that was spent before ends it.

    Call it in the transaction that signs the successor: it keeps the row locked, so that a revocation waits for tokens
    that are being signed, and takes them too.
    """
    family = RefreshFamily.objects.select_for_update().filter(pk=claims.family, user_id=claims.user_id).first()
    if family is None:
        return None
    now = int(time.time())
    if claims.serial == family.serial:
        family.serial += 1
        family.issued_at, family.expires_at = now, now + settings.JWT_REFRESH_SECONDS
        family.save()
    elif claims.serial != family.serial - 1 or now >= family.issued_at + settings.JWT_REFRESH_GRACE_SECONDS:
        family.delete()
        return None
    successor = RefreshClaims(claims.user_id, claims.auth_hash, claims.family, family.serial)
    return UnspentToken(successor, family.issued_at)


def _remove_expired(now: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(REMOVE_EXPIRED, {"before": now - settings.JWT_LEEWAY_SECONDS})
