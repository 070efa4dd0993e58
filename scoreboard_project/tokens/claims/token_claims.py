"""The rules for a token's claims. Claims that break one raise InvalidToken, never another exception."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings

from scoreboard_project.api.errors import InvalidToken
from scoreboard_project.api.shapes import WELL_FORMED, well_formed_text
from scoreboard_project.api.usernames import MAX_USERNAME_LENGTH, read_username, readable_username
from scoreboard_project.tokens.keys.own_keys import OwnKey
from scoreboard_project.tokens.principal import Principal

MAX_USER_ID_LENGTH = 255
UserId = Annotated[str, well_formed_text(MAX_USER_ID_LENGTH)]
# The reader of JSON keeps 32 digits of an integer, so a longer one could be another user's.
TOO_LONG_NUMBER = 10**30
# The end of the year 9999, the latest time that a datetime can hold.
MAX_EXPIRY = 253_402_300_799
UUID_LENGTH = 36
MAX_AUTH_HASH_LENGTH = 128
ACCESS = "access"
REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """The claims of a token with a valid signature, and whether this server signed it.

    `key` is our key that verified it; None for an outside issuer's key.
    """

    claims: Mapping[str, Any]
    is_ours: bool
    key: OwnKey | None


def principal_of(verified: VerifiedClaims) -> Principal:
    """The principal of an access token. Raises InvalidToken. Tokens of outside issuers need no `token_type`."""
    claims = verified.claims
    if claims.get("token_type", ACCESS) != ACCESS:
        raise InvalidToken
    user_id, username = _own_names(claims) if verified.is_ours else _outside_names(claims)
    scopes = _scopes(claims) if verified.is_ours else _outside_scopes(claims)
    kid, verifies_until = (verified.key.kid, verified.key.verifies_until) if verified.key else ("", math.inf)
    return Principal(user_id, username, scopes, min(_expiry(claims), verifies_until), _issued_at(claims), kid)


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """What a refresh token says. `family` is its login, `serial` counts the family's tokens from 1."""

    user_id: str
    auth_hash: str
    family: UUID
    serial: int


def refresh_claims_of(verified: VerifiedClaims) -> RefreshClaims:
    """The claims of a refresh token. Raises InvalidToken."""
    claims = verified.claims
    if claims.get("token_type") != REFRESH:
        raise InvalidToken
    _expiry(claims)
    serial = claims.get("serial")
    if not isinstance(serial, int) or isinstance(serial, bool):
        raise InvalidToken
    try:
        family = UUID(_text(claims, "family", UUID_LENGTH))
    except ValueError:
        raise InvalidToken from None
    user_id = _text(claims, "user_id", MAX_USER_ID_LENGTH)
    return RefreshClaims(user_id, _text(claims, "auth_hash", MAX_AUTH_HASH_LENGTH), family, serial)


def is_well_formed_text(text: object, max_length: int) -> bool:
    """Whether it is text of 1 to `max_length` characters without control characters or lone surrogates."""
    return isinstance(text, str) and len(text) <= max_length and WELL_FORMED.fullmatch(text) is not None


def _text(claims: Mapping[str, Any], name: str, max_length: int) -> str:
    value = claims.get(name)
    if not is_well_formed_text(value, max_length):
        raise InvalidToken
    return str(value)


def _own_names(claims: Mapping[str, Any]) -> tuple[str, str]:
    """User id and username as `issue_access_token` writes them."""
    try:
        username = read_username(_text(claims, "username", MAX_USERNAME_LENGTH))
    except ValueError as error:
        raise InvalidToken(f"The token's username {error}") from None
    return _text(claims, "user_id", MAX_USER_ID_LENGTH), username


def _outside_names(claims: Mapping[str, Any]) -> tuple[str, str]:
    """User id and username in the claims that the settings name.

    A name that nobody could read is cleaned, and without a name the id is shown: neither may lock a player out.
    """
    user_id = _number_as_text(claims.get(settings.JWT_USER_ID_CLAIM))
    if not is_well_formed_text(user_id, MAX_USER_ID_LENGTH):
        raise InvalidToken(f"The token has no user id in its claim {settings.JWT_USER_ID_CLAIM!r}")
    username = _number_as_text(claims.get(settings.JWT_USERNAME_CLAIM))
    return str(user_id), readable_username(username if isinstance(username, str) else "", user_id=str(user_id))


def _number_as_text(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < TOO_LONG_NUMBER
    return str(value) if is_number else value


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise InvalidToken
    return frozenset(scope.split())


def _outside_scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """Some issuers write a list instead of words."""
    scope = claims.get("scope")
    if isinstance(scope, list) and all(isinstance(word, str) for word in scope):
        return frozenset(scope)
    return _scopes(claims)


def _expiry(claims: Mapping[str, Any]) -> float:
    expiry = _number(claims.get("exp"))
    if not 0 < expiry <= MAX_EXPIRY:
        raise InvalidToken
    return expiry


def _issued_at(claims: Mapping[str, Any]) -> float:
    """0 if the token does not say it. PyJWT has refused a token from the future."""
    return _number(claims.get("iat"))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
