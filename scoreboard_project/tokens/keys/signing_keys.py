"""Our own RSA keys, from the settings: a pair to sign and verify, or a public key that only verifies."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from scoreboard_project.api.json_codec import encode_json

MIN_KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """`private` is None if tokens are issued elsewhere; both are None if only an outside issuer's keys are used."""

    private: RSAPrivateKey | None
    public: RSAPublicKey | None
    kid: str

    @classmethod
    def from_settings(cls) -> Self:
        """Raises ImproperlyConfigured for a key that is not an RSA key in PEM format."""
        private = read_private_key(settings.JWT_PRIVATE_KEY)
        public = read_public_key(settings.JWT_PUBLIC_KEY) or (private.public_key() if private else None)
        return cls(private, public, thumbprint(public) if public else "")


def read_private_key(pem: str) -> RSAPrivateKey | None:
    """The key, or None if `pem` is empty. Raises ImproperlyConfigured."""
    if not pem:
        return None
    try:
        key = load_pem_private_key(_pem_bytes(pem), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's message may quote the key.
        raise ImproperlyConfigured("JWT_PRIVATE_KEY must be an unencrypted private key in PEM format.") from None
    if not isinstance(key, RSAPrivateKey):
        raise ImproperlyConfigured("JWT_PRIVATE_KEY must be an RSA key: tokens are signed with RS256.")
    return key


def read_public_key(pem: str) -> RSAPublicKey | None:
    """The key, or None if `pem` is empty. Raises ImproperlyConfigured."""
    if not pem:
        return None
    try:
        key = load_pem_public_key(_pem_bytes(pem))
    except (ValueError, UnsupportedAlgorithm):
        raise ImproperlyConfigured("JWT_PUBLIC_KEY must be a public key in PEM format.") from None
    if not isinstance(key, RSAPublicKey):
        raise ImproperlyConfigured("JWT_PUBLIC_KEY must be an RSA key: tokens are signed with RS256.")
    return key


def _pem_bytes(pem: str) -> bytes:
    # Many tools keep an environment variable on one line, with \n for each line break.
    return pem.replace("\\n", "\n").encode("utf-8")


def public_jwk(key: RSAPublicKey) -> dict[str, str]:
    """The key as a JSON Web Key (RFC 7517)."""
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": thumbprint(key), **_numbers(key)}


def thumbprint(key: RSAPublicKey) -> str:
    """The key's id by RFC 7638, which depends on the key alone."""
    numbers = _numbers(key)
    canonical = encode_json({"e": numbers["e"], "kty": "RSA", "n": numbers["n"]})
    return _base64url(hashlib.sha256(canonical).digest())


def _numbers(key: RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {
        name: _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
        for name, value in (("n", numbers.n), ("e", numbers.e))
    }


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
