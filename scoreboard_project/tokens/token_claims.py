"""The rules for a token's claims. Claims that break one raise InvalidToken, never another exception."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from scoreboard_project.api.errors import InvalidRequest, InvalidToken
from scoreboard_project.api.json_codec import decode_strict_json
from scoreboard_project.api.shapes import WELL_FORMED, well_formed_text
from scoreboard_project.tokens.principal import Principal

MAX_USER_ID_LENGTH = 255
MAX_USERNAME_LENGTH = 100
UserId = Annotated[str, well_formed_text(MAX_USER_ID_LENGTH)]
Username = Annotated[str, well_formed_text(MAX_USERNAME_LENGTH)]
# The end of the year 9999, the latest time that a datetime can hold.
MAX_EXPIRY = 253_402_300_799
ACCESS = "access"
REFRESH = "refresh"


def read_claims(token: str) -> Mapping[str, Any]:
    """The claims of a token with a valid signature. Raises InvalidToken for a repeated claim or invalid JSON."""
    payload = token.split(".")[1]
    try:
        claims = decode_strict_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except InvalidRequest:
        raise InvalidToken from None
    if not isinstance(claims, dict):
        raise InvalidToken
    return claims


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The principal of an access token. Raises InvalidToken. Tokens of outside issuers need no `token_type`."""
    if claims.get("token_type", ACCESS) != ACCESS:
        raise InvalidToken
    return Principal(
        user_id=_text(claims, "user_id", MAX_USER_ID_LENGTH),
        username=_text(claims, "username", MAX_USERNAME_LENGTH),
        scopes=_scopes(claims),
        expires_at=_expiry(claims),
    )


def refresh_user_id(claims: Mapping[str, Any]) -> str:
    """The user of a refresh token. Raises InvalidToken."""
    if claims.get("token_type") != REFRESH:
        raise InvalidToken
    _expiry(claims)
    return _text(claims, "user_id", MAX_USER_ID_LENGTH)


def is_well_formed_text(text: object, max_length: int) -> bool:
    """Whether it is text of 1 to `max_length` characters without control characters or lone surrogates."""
    return isinstance(text, str) and len(text) <= max_length and WELL_FORMED.fullmatch(text) is not None


def _text(claims: Mapping[str, Any], name: str, max_length: int) -> str:
    value = claims.get(name)
    if not is_well_formed_text(value, max_length):
        raise InvalidToken
    return str(value)


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise InvalidToken
    return frozenset(scope.split())


def _expiry(claims: Mapping[str, Any]) -> float:
    expiry = claims.get("exp")
    if isinstance(expiry, bool) or not isinstance(expiry, int | float) or not 0 < expiry <= MAX_EXPIRY:
        raise InvalidToken
    return float(expiry)
