"""RS256 through simplejwt's backend: which key signs, which key verifies, and what a token without a fault claims."""

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
    """simplejwt's backend, with the key chosen by the token's `kid`, and that name in the tokens we sign.

    A `kid` of the outside issuer's set means that key. Any other token is tried with our own public key: an issuer
    whose key was given as JWT_PUBLIC_KEY names it as it likes.
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
        """Sign. Raises NotFound where we hold no private key."""
        if self._keys.private is None:
            raise NotFound(ISSUED_ELSEWHERE)
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(
            {name: claim for name, claim in claims.items() if claim is not None},
            self._keys.private,
            algorithm=self.algorithm,
            headers={"kid": self._keys.kid},
        )

    def get_verifying_key(self, token: Any) -> RSAPublicKey:  # noqa: ANN401 - simplejwt says Token, and passes text
        """Raises TokenBackendError when no key can be the token's, jwt.InvalidTokenError for a header that is none."""
        kid = jwt.get_unverified_header(token).get("kid")
        key = self._outside.find(kid) if self._outside and kid and kid != self._keys.kid else None
        key = key or self._keys.public
        if key is None:
            raise TokenBackendError("No key has this name")
        return key


def verified_claims(backend: RsaTokenBackend, token: str) -> Mapping[str, Any]:
    """The claims of a token whose signature, times, issuer and audience hold. Raises InvalidToken."""
    try:
        # simplejwt's annotation says Token; it wants the text.
        backend.decode(cast("Any", token))
    except TokenBackendExpiredToken:
        raise InvalidToken("The token has expired") from None
    except (TokenBackendError, ValueError, TypeError, OverflowError):
        # PyJWT lets a few odd shapes out as plain Python errors.
        raise InvalidToken from None
    return read_claims(token)
