"""RSA keys for the tests, and tokens signed with them in every way that is wrong."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

ISSUER = "https://issuer.example"
AUDIENCE = "scoreboard-tests"


@cache
def rsa_key(name: str, bits: int = 2048) -> RSAPrivateKey:
    """The key of this name, the same for the whole test run."""
    return generate_private_key(65537, bits)


def private_pem(key: Any) -> str:
    """The private key as PEM."""
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def public_pem(key: RSAPrivateKey) -> str:
    """Its public key as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good access token; a change to None leaves a claim out."""
    good = {
        "user_id": "ana",
        "username": "Ana",
        "exp": int(time.time()) + 600,
        "iss": ISSUER,
        "aud": AUDIENCE,
    }
    return {name: claim for name, claim in {**good, **changes}.items() if claim is not None}


def sign(payload: Mapping[str, Any], key: RSAPrivateKey, **headers: Any) -> str:
    """A token as PyJWT makes it."""
    return jwt.encode(dict(payload), key, algorithm="RS256", headers=headers)


def sign_text(payload: str | bytes, key: RSAPrivateKey, header: Any = None) -> str:
    """A token with a true signature over a payload that no library would write."""
    text = payload.encode() if isinstance(payload, str) else payload
    head = json.dumps({"alg": "RS256", "typ": "JWT"} if header is None else header).encode()
    signed = b".".join(map(base64url, (head, text)))
    return b".".join((signed, base64url(key.sign(signed, PKCS1v15(), SHA256())))).decode()


def base64url(raw: bytes) -> bytes:
    """Base64 as tokens have it."""
    return urlsafe_b64encode(raw).rstrip(b"=")
