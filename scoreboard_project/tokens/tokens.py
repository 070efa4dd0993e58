"""Signs and verifies tokens, with the keys that token_state.py knows, and remembers verified ones for a while."""

import asyncio
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from scoreboard_project.api.errors import InvalidToken, NotFound
from scoreboard_project.api.usernames import read_username
from scoreboard_project.runtime.flows.flow import run_in_loop
from scoreboard_project.tokens.claims.remembered_tokens import RememberedTokens
from scoreboard_project.tokens.claims.rsa_backend import ISSUED_ELSEWHERE, RsaTokenBackend, verified_claims
from scoreboard_project.tokens.claims.token_claims import (
    ACCESS,
    MAX_USER_ID_LENGTH,
    REFRESH,
    RefreshClaims,
    is_well_formed_text,
    principal_of,
    refresh_claims_of,
)
from scoreboard_project.tokens.keys.outside_keys import OutsideKeys
from scoreboard_project.tokens.keys.own_keys import OwnKeys, StoredKey
from scoreboard_project.tokens.keys.signing_keys import SigningKeys
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.token_state import known, refresh_state

MAX_TOKEN_LENGTH = 8 * 1024


class Tokens:
    """The tokens of one configuration: keys, issuer, audience, and the recently verified tokens."""

    def __init__(self) -> None:
        self.remembered = RememberedTokens(settings.JWT_CACHE_SIZE)
        self.outside = (
            OutsideKeys(
                settings.JWT_JWKS_URL,
                refresh_seconds=settings.JWT_JWKS_REFRESH_SECONDS,
                on_change=self.remembered.clear,
            )
            if settings.JWT_JWKS_URL
            else None
        )
        self._configured = SigningKeys.from_settings()
        self._readers = self._read_keys(())
        self._leeway = settings.JWT_LEEWAY_SECONDS

    @property
    def readers(self) -> "Readers":
        """With the keys that this process knows of."""
        if self._readers.stored is not known.state.keys:
            self._readers = self._read_keys(known.state.keys)
        return self._readers

    def _read_keys(self, stored: tuple[StoredKey, ...]) -> "Readers":
        keys = OwnKeys(self._configured, stored)
        # Only we issue refresh tokens, so an outside issuer's keys do not apply to them.
        return Readers(stored, keys, RsaTokenBackend(keys, self.outside), RsaTokenBackend(keys, None))

    def verify_access(self, token: str) -> Principal:
        """Raises InvalidToken."""
        if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
            raise InvalidToken
        if principal := self.remembered.find(token, now=time.time()):
            return principal
        principal = principal_of(verified_claims(self.readers.access, token))
        # `int`, because PyJWT ignores the fraction of a second too.
        self.remembered.remember(token, principal, holds_until=int(principal.expires_at) + self._leeway)
        return principal

    def verify_refresh(self, token: str) -> RefreshClaims:
        """The claims of one of our refresh tokens. Raises InvalidToken."""
        if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
            raise InvalidToken
        return refresh_claims_of(verified_claims(self.readers.own, token))

    def sign(self, claims: Mapping[str, Any], *, issued_at: float, lifetime: int) -> str:
        """A token that expires `lifetime` seconds after `issued_at`. Raises NotFound if we have no private key."""
        # The parts of the second tell a token that was issued after a revocation from one before.
        return self.readers.own.encode({**claims, "iat": issued_at, "exp": int(issued_at) + lifetime})


@dataclass(frozen=True, slots=True)
class Readers:
    """What verifies and signs with our keys as they are stored now."""

    stored: tuple[StoredKey, ...]
    keys: OwnKeys
    access: RsaTokenBackend
    own: RsaTokenBackend


@cache
def current_tokens() -> Tokens:
    """The tokens of this process. Raises ImproperlyConfigured for an invalid key."""
    return Tokens()


def verify_access_token(token: str) -> Principal:
    """The principal of an access token. A token seen before takes microseconds, a new one an RSA verification.

    With an outside issuer a new token may wait two seconds for the issuer's keys: not for an event loop.
    Raises InvalidToken for any token that is not valid, however malformed.
    """
    return current_tokens().verify_access(token)


async def verify_by_keys_of_now(token: str) -> Principal:
    """The token's principal, for an event loop. Raises InvalidToken."""
    with suppress(Exception):  # PostgreSQL does not answer: the keys at hand decide
        await run_in_loop(refresh_state())
    return await verify_off_loop(token)


def find_remembered_token(token: str) -> Principal | None:
    """The principal of a token that was verified lately. Takes microseconds."""
    return current_tokens().remembered.find(token, now=time.time()) if token.isascii() else None


def may_wait_for_keys() -> bool:
    """Whether a token may have to wait for its issuer's keys: then it must not be verified in an event loop."""
    return bool(settings.JWT_JWKS_URL)


def accepts_outside_tokens() -> bool:
    """Whether another service issues tokens too, which are valid for as long as it likes."""
    return bool(settings.JWT_JWKS_URL or settings.JWT_PUBLIC_KEY)


async def verify_off_loop(token: str) -> Principal:
    """The token's principal, for an event loop. Raises InvalidToken."""
    if may_wait_for_keys():
        return await asyncio.to_thread(verify_access_token, token)
    return verify_access_token(token)


def verify_refresh_token(token: str) -> RefreshClaims:
    """The claims of one of our refresh tokens. Raises InvalidToken."""
    return current_tokens().verify_refresh(token)


def issue_access_token(*, user_id: str, username: str, scopes: Iterable[str] = (), lifetime: int | None = None) -> str:
    """A signed access token that expires in `lifetime` seconds (default: JWT_ACCESS_SECONDS).

    Raises ValueError for a user id or username that a token cannot carry, NotFound if we have no private key.
    """
    if not is_well_formed_text(user_id, MAX_USER_ID_LENGTH):
        raise ValueError(f"A user id is text of 1 to {MAX_USER_ID_LENGTH} characters without control characters")
    try:
        name = read_username(username)
    except ValueError as error:
        raise ValueError(f"A username {error}") from None
    claims = {"token_type": ACCESS, "user_id": user_id, "username": name, "scope": " ".join(scopes)}
    seconds = settings.JWT_ACCESS_SECONDS if lifetime is None else lifetime
    return current_tokens().sign({**claims, "jti": str(uuid.uuid4())}, issued_at=time.time(), lifetime=seconds)


def require_private_key() -> None:
    """Raises NotFound if this server only verifies tokens."""
    if current_tokens().readers.keys.signing(time.time()) is None:
        raise NotFound(ISSUED_ELSEWHERE)


def issue_refresh_token(claims: RefreshClaims, *, issued_at: int) -> str:
    """A signed refresh token, valid for JWT_REFRESH_SECONDS. With the same key, the same claims make the same token."""
    family = str(claims.family)
    named = {"user_id": claims.user_id, "auth_hash": claims.auth_hash, "family": family, "serial": claims.serial}
    return current_tokens().sign(
        {**named, "token_type": REFRESH, "jti": f"{family}.{claims.serial}"},
        issued_at=issued_at,
        lifetime=settings.JWT_REFRESH_SECONDS,
    )


def forget_tokens() -> None:
    """Drop keys and remembered tokens. The next token reads the settings again."""
    if current_tokens.cache_info().currsize and (outside := current_tokens().outside):
        outside.close()
    current_tokens.cache_clear()


def _on_setting_changed(*, setting: str, **_: object) -> None:
    if setting.startswith("JWT_"):
        forget_tokens()


setting_changed.connect(_on_setting_changed)
# A forked worker has none of its parent's threads, and its copies of the parent's locks may be held.
os.register_at_fork(after_in_child=current_tokens.cache_clear)
