"""RS256 with simplejwt's backend: which key signs, which key verifies, and the claims of a verified token."""

from collections.abc import Mapping
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from scoreboard_project.api.errors import InvalidToken, NotFound
from scoreboard_project.tokens.outside_keys import OutsideKeys
from scoreboard_project.tokens.signing_keys import SigningKeys
from scoreboard_project.tokens.token_claims import read_claims

ISSUED_ELSEWHERE = "Tokens are issued elsewhere: this server only verifies them"


class RsaTokenBackend(TokenBackend):
    """simplejwt's backend, which picks the key by the token's `kid` and writes our `kid` into the tokens we sign.

    If the outside issuer's key set has the `kid`, that key is used. Any other token is checked with our own public
    key, whatever its `kid`: an issuer whose key is set as JWT_PUBLIC_KEY can name the key as it likes.
    """

    def __init__(self, keys: SigningKeys, outside: OutsideKeys | None) -> None:
        super().__init__(
            "RS256",
            audience=settings.JWT_AUDIENCE or None,
            issuer=settings.JWT_ISSUER or None,
            leeway=settings.JWT_LEEWAY_SECONDS,
        )
        self._keys = keys
        self._outside = outside

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign a token. Raises NotFound if we have no private key."""
        if self._keys.private is None:
            raise NotFound(ISSUED_ELSEWHERE)
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(
            {name: claim for name, claim in claims.items() if claim is not None},
            self._keys.private,
            algorithm=self.algorithm,
            headers={"kid": self._keys.kid},
        )

    def get_verifying_key(self, token: Any) -> RSAPublicKey:  # noqa: ANN401 - simplejwt declares Token, passes str
        """Raises TokenBackendError if there is no key to try, jwt.InvalidTokenError if the header is malformed."""
        kid = jwt.get_unverified_header(token).get("kid")
        key = self._outside.find(kid) if self._outside and kid and kid != self._keys.kid else None
        key = key or self._keys.public
        if key is None:
            raise TokenBackendError("There is no key for this token")
        return key


def verified_claims(backend: RsaTokenBackend, token: str) -> Mapping[str, Any]:
    """The claims of a token. Raises InvalidToken unless its signature, times, issuer and audience are valid."""
    try:
        # simplejwt declares the argument as Token, but needs the encoded text.
        backend.decode(cast("Any", token))
    except TokenBackendExpiredToken:
        raise InvalidToken("The token has expired") from None
    except (TokenBackendError, ValueError, TypeError, OverflowError):
        # For a few malformed tokens PyJWT raises plain Python errors.
        raise InvalidToken from None
    return read_claims(token)
