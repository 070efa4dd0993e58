"""Our own keys: how they are identified, published and refused."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ImproperlyConfigured

from scoreboard_project.testing.rsa_keys import private_pem, public_pem, rsa_key
from scoreboard_project.tokens.keys.signing_keys import public_jwk, read_private_key, read_public_key, thumbprint

RFC_7638_EXAMPLE = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
}


def test_it_computes_the_thumbprint_of_rfc_7638() -> None:
    assert thumbprint(jwt.PyJWK(RFC_7638_EXAMPLE).key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_its_jwk_is_the_key() -> None:
    key = rsa_key("own").public_key()

    assert jwt.PyJWK(json.loads(json.dumps(public_jwk(key)))).key == key


@pytest.mark.parametrize(
    "junk", ["junk", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "é", "\ud800"]
)
def test_it_refuses_an_invalid_private_key_without_quoting_it(junk: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read_private_key(junk)

    assert "JWT_PRIVATE_KEY" in str(caught.value)
    assert junk not in str(caught.value)


def test_it_refuses_a_key_of_the_wrong_kind() -> None:
    elliptic = generate_private_key(SECP256R1())
    elliptic_public = elliptic.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    with pytest.raises(ImproperlyConfigured, match="JWT_PRIVATE_KEY must be an RSA key"):
        read_private_key(private_pem(elliptic))
    with pytest.raises(ImproperlyConfigured, match="JWT_PUBLIC_KEY must be an RSA key"):
        read_public_key(elliptic_public)


def test_it_refuses_keys_in_each_others_place() -> None:
    with pytest.raises(ImproperlyConfigured, match="JWT_PUBLIC_KEY"):
        read_public_key(private_pem(rsa_key("own")))
    with pytest.raises(ImproperlyConfigured, match="JWT_PRIVATE_KEY"):
        read_private_key(public_pem(rsa_key("own")))
