"""RS256 with simplejwt's backend: which key signs, which key verifies, and the claims of a verified token."""

import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from jwt.api_jws import PyJWS
from jwt.api_jws import decode as verify_signature
from rest_framework_simplejwt.backends import TokenBackend

from scoreboard_project.api.errors import InvalidRequest, InvalidToken, NotFound
from scoreboard_project.api.json_codec import decode_strict_json
from scoreboard_project.tokens.claims.token_claims import VerifiedClaims
from scoreboard_project.tokens.keys.outside_keys import OutsideKeys
from scoreboard_project.tokens.keys.own_keys import OwnKey, OwnKeys

BASE64URL = re.compile(rb"[A-Za-z0-9_-]+")
ISSUED_ELSEWHERE = "Tokens are issued elsewhere: this server only verifies them"


class RsaTokenBackend(TokenBackend):
    """simplejwt's backend, which picks the key by the token's `kid` and writes our `kid` into the tokens we sign.

    Our own keys are found by their names; so is an outside issuer's, in its key set. Any other token is checked with
    our key of the settings, whatever its `kid`: an issuer whose key is set as JWT_PUBLIC_KEY can name the key as it
    likes. What that does not verify is checked with the issuer's keys that fit, in a fresh set if need be.
    """

    def __init__(self, keys: OwnKeys, outside: OutsideKeys | None) -> None:
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
        key = self._keys.signing(time.time())
        if key is None or key.private is None:
            raise NotFound(ISSUED_ELSEWHERE)
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(
            {name: claim for name, claim in claims.items() if claim is not None},
            key.private,
            algorithm=self.algorithm,
            headers={"kid": key.kid},
        )

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:  # noqa: ANN401 - as simplejwt declares it
        """Verify. Raises what PyJWT raises."""
        return dict(self.verified(token).claims)

    def verified(self, token: str) -> VerifiedClaims:
        """The claims of a token. Raises what PyJWT raises."""
        key = self._key_of(token)
        found = _strict_jwt.decode_complete(
            token,
            key.public if isinstance(key, OwnKey) else key,
            algorithms=[self.algorithm],
            audience=self.audience,
            issuer=self.issuer,
            leeway=self.get_leeway(),
            # An issuer's user id may be a number; `token_claims` says what an id may be.
            options={"verify_aud": self.audience is not None, "verify_sub": False, "verify_jti": False},
        )
        own = key if isinstance(key, OwnKey) else None
        is_ours = own is not None and own.is_ours and found["header"].get("kid") == own.kid
        return VerifiedClaims(found["payload"], is_ours, own)

    def _key_of(self, token: str) -> OwnKey | RSAPublicKey:
        """Raises jwt.InvalidTokenError if the header is malformed or no key can be the token's."""
        now = time.time()
        verifying = self._keys.verifying(now)
        if self._outside is None and len(verifying) == 1:
            return verifying[0]
        kid = kid_of(token)
        if own := self._keys.named(kid, now):
            return own
        if self._outside and (named := self._outside.named(kid)):
            return named
        fallback = self._keys.fallback(now)
        if fallback and (self._outside is None or is_signed_by(token, fallback.public)):
            return fallback
        if self._outside and (found := self._outside.find(kid, lambda candidate: is_signed_by(token, candidate))):
            return found
        raise jwt.InvalidKeyError("No key of this server verifies the token")


class QuickJws(PyJWS):
    """PyJWT's own looks at each character of a token in Python, which takes longer than its signature."""

    @staticmethod
    def _decode_base64url_segment(segment: bytes, name: str) -> bytes:
        if BASE64URL.fullmatch(segment) and len(segment) % 4 != 1:
            decoded = urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
            if urlsafe_b64encode(decoded).rstrip(b"=") == segment:
                return decoded
        # What is unusual or wrong, PyJWT reads or refuses.
        return PyJWS._decode_base64url_segment(segment, name)


class StrictJwt(jwt.PyJWT):
    """Reads the claims as strictly as a request's body: they may not repeat a name."""

    def __init__(self) -> None:
        super().__init__()
        self._jws = QuickJws(options=self._get_sig_options())

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        """PyJWT wants it overridden by whoever decodes differently."""
        payload = decode_strict_json(decoded["payload"])
        if not isinstance(payload, dict):
            raise jwt.DecodeError("The claims are not a JSON object")
        return payload


_strict_jwt = StrictJwt()


def kid_of(token: str) -> str:
    """The name of the key in a token's header, empty without one. Raises jwt.InvalidTokenError."""
    return _kid_in(token.partition(".")[0])


@lru_cache(maxsize=256)
def _kid_in(header: str) -> str:
    """The tokens of an issuer mostly have the same header, so that it is read once."""
    kid: str | None = jwt.get_unverified_header(f"{header}.e30.AA").get("kid")
    return kid or ""


def is_signed_by(token: str, key: RSAPublicKey) -> bool:
    """Whether the key verifies the signature; the claims are not looked at."""
    try:
        verify_signature(token, key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return False
    return True


def verified_claims(backend: RsaTokenBackend, token: str) -> VerifiedClaims:
    """The claims of a token. Raises InvalidToken unless its signature, times, issuer and audience are valid."""
    try:
        return backend.verified(token)
    except jwt.ExpiredSignatureError:
        raise InvalidToken("The token has expired") from None
    except (InvalidRequest, jwt.PyJWTError, ValueError, TypeError, OverflowError):
        # For a few malformed tokens PyJWT raises plain Python errors.
        raise InvalidToken from None
