"""`/.well-known/jwks.json`."""

from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.test import Client

from scoreboard_project.testing.rsa_keys import AUDIENCE, public_pem
from scoreboard_project.tokens.tokens import issue_access_token

PATH = "/.well-known/jwks.json"


def test_anyone_can_verify_our_tokens_with_it(own_key: RSAPrivateKey) -> None:
    token = issue_access_token(user_id="ana", username="Ana", scopes=[], lifetime=60)

    keys = jwt.PyJWKSet.from_dict(Client().get(PATH).json())

    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, audience=AUDIENCE)["user_id"] == "ana"


def test_it_may_be_cached_and_holds_nothing_private(own_key: RSAPrivateKey) -> None:
    answer = Client().get(PATH)

    assert "max-age=" in answer.headers["Cache-Control"]
    assert answer.json()["keys"][0].keys() == {"kty", "use", "alg", "kid", "n", "e"}


def test_it_shows_the_public_key_where_tokens_are_only_verified(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY, settings.JWT_PUBLIC_KEY = "", public_pem(own_key)

    assert len(Client().get(PATH).json()["keys"]) == 1


def test_it_is_empty_without_a_key_of_ours(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY = ""

    assert Client().get(PATH).json() == {"keys": []}


def test_it_is_read_only(own_key: RSAPrivateKey) -> None:
    assert Client().post(PATH).status_code == 405
