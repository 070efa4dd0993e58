"""Replaces the key that signs tokens, while every valid token stays valid.

A new key is announced first: every process and `/.well-known/jwks.json` have it before it signs. The one before it
goes on verifying until its last token has expired.
"""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Greatest

from scoreboard_project.api.errors import NotFound
from scoreboard_project.audit.entries import record_change
from scoreboard_project.tokens.changes import begin_change
from scoreboard_project.tokens.keys.key_cipher import encrypt
from scoreboard_project.tokens.keys.signing_keys import SigningKeys, thumbprint
from scoreboard_project.tokens.models import RefreshFamily, SigningKey
from scoreboard_project.tokens.token_state import wait_for_every_process

KEY_BITS = 2048
# Outside verifiers keep our JWKS for five minutes (MAX_AGE_SECONDS), and often look again after as many.
DEFAULT_DELAY_SECONDS = 600
# Every process has read the new key by then: half a second, and what a commit and other clocks may take.
MIN_DELAY_SECONDS = 5
CLOCK_SECONDS = 5
TABLE = SigningKey._meta.db_table
ISSUED_ELSEWHERE = "There is no JWT_PRIVATE_KEY: tokens are issued elsewhere, and so are their keys"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class RotationRefused(Exception):
    """What was asked would make tokens invalid, or makes no sense now."""


def rotate_signing_key(*, delay_seconds: int, reason: str = "") -> SigningKey:
    """Announce a new key, which signs after the delay. When this returns, every process has it.

    A key that was announced before and does not sign yet is brought forward instead.
    Raises RotationRefused if it would not be, NotFound if tokens are issued elsewhere.
    """
    delay = timedelta(seconds=max(delay_seconds, MIN_DELAY_SECONDS))
    # Made before the clock is read: the commit must not take long after that.
    new_key = generate_private_key(65537, KEY_BITS)
    with transaction.atomic():
        now, changed_at = begin_change(TABLE)
        before = _last_key(changed_at)
        if before.signs_from > now:
            key = _brought_forward(before, now + delay)
        else:
            key = _row_of(new_key, now + delay)
            before.verifies_until = _last_expiry(before, key.signs_from)
            before.changed_at = changed_at
            before.save()
        key.changed_at = changed_at
        key.save()
        new = {"signsFrom": key.signs_from.isoformat()}
        record_change("signing_key.rotated", target=_target(key.kid), why=reason, new=new)
    wait_for_every_process()
    return key


def retire_signing_key(kid: str, *, reason: str = "") -> None:
    """Refuse all tokens of a key that no longer signs, in every process from when this returns.

    Raises RotationRefused for another key.
    """
    with transaction.atomic():
        now, changed_at = begin_change(TABLE)
        _add_configured_key(changed_at)
        key = _usable_keys().filter(pk=kid).first()
        if key is None:
            raise RotationRefused(f"The key {kid} does not exist. --list shows all keys.")
        following = _usable_keys().filter(signs_from__gt=key.signs_from).first()
        if following is None or following.signs_from > now:
            raise RotationRefused("This key signs, or will. Rotate with --now first, and wait until the new one signs.")
        if key.verifies_until and key.verifies_until <= now:
            raise RotationRefused("The key is retired already.")
        key.verifies_until, key.private_key, key.changed_at = now, "", changed_at
        key.save()
        record_change("signing_key.retired", target=_target(kid), why=reason)
    wait_for_every_process()


def list_signing_keys() -> list[SigningKey]:
    """The keys in the order in which they sign."""
    with transaction.atomic():
        _add_configured_key(begin_change(TABLE).changed_at)
    return list(_usable_keys())


def note_long_token(kid: str, expires_at: int) -> None:
    """Keep the key of a token that outlives those of logins. Call it before the token is given away.

    Raises Django's database errors.
    """
    with transaction.atomic():
        _now, changed_at = begin_change(TABLE)
        _last_key(changed_at)
        until = datetime.fromtimestamp(expires_at + settings.JWT_LEEWAY_SECONDS + CLOCK_SECONDS, UTC)
        keys = SigningKey.objects.filter(pk=kid)
        keys.update(last_expiry=Greatest("last_expiry", expires_at), changed_at=changed_at)
        keys.filter(verifies_until__lt=until).update(verifies_until=until)


def forget_private_keys(now: datetime) -> int:
    """Remove the private keys that have been retired by date. Returns how many."""
    return SigningKey.objects.filter(verifies_until__lt=now).exclude(private_key="").update(private_key="")


def usual_expiry(at: datetime) -> datetime:
    """When every token of a login has expired that was issued until `at`."""
    seconds = max(settings.JWT_ACCESS_SECONDS, settings.JWT_REFRESH_SECONDS)
    return at + timedelta(seconds=seconds + settings.JWT_LEEWAY_SECONDS + CLOCK_SECONDS)


def longest_noted_expiry() -> int:
    """The last expiry of a token that `note_long_token` noted, in unix seconds."""
    return max(SigningKey.objects.values_list("last_expiry", flat=True), default=0)


def _add_configured_key(changed_at: datetime) -> None:
    configured = SigningKeys.from_settings()
    if configured.private:
        SigningKey.objects.get_or_create(
            pk=configured.kid, defaults={"signs_from": BEGINNING, "changed_at": changed_at}
        )


def _usable_keys() -> QuerySet[SigningKey]:
    """Without those that were in the settings and no longer are."""
    keys = SigningKey.objects.exclude(~Q(pk=SigningKeys.from_settings().kid), public_key="")
    return keys.order_by("signs_from")


def _last_key(changed_at: datetime) -> SigningKey:
    """The key that signs last of all."""
    _add_configured_key(changed_at)
    found = _usable_keys().last()
    if found is None:
        raise NotFound(ISSUED_ELSEWHERE)
    return found


def _brought_forward(key: SigningKey, signs_from: datetime) -> SigningKey:
    if key.signs_from <= signs_from:
        raise RotationRefused(f"The key {key.kid} is announced already, and signs from {key.signs_from:%F %T} UTC on.")
    key.signs_from = signs_from
    return key


def _row_of(key: RSAPrivateKey, signs_from: datetime) -> SigningKey:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return SigningKey(
        kid=thumbprint(key.public_key()), public_key=public, private_key=encrypt(private), signs_from=signs_from
    )


def _last_expiry(key: SigningKey, until: datetime) -> datetime:
    """When the last token has expired that the key signs until then."""
    margin = settings.JWT_LEEWAY_SECONDS + CLOCK_SECONDS
    logins = RefreshFamily.objects.aggregate(last=Max("expires_at"))["last"] or 0
    return max(usual_expiry(until), datetime.fromtimestamp(max(key.last_expiry, logins) + margin, UTC))


def _target(kid: str) -> str:
    return f"signing_key:{kid}"
