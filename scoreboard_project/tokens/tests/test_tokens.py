"""Which tokens are valid. Every refusal is the same error, whatever the reason."""

import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from scoreboard_project.api.errors import InvalidToken, NotFound
from scoreboard_project.testing.refresh_tokens import refresh_token
from scoreboard_project.testing.rsa_keys import base64url, claims, private_pem, public_pem, rsa_key, sign, sign_text
from scoreboard_project.tokens.keys.signing_keys import thumbprint
from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.tokens import (
    issue_access_token,
    verify_access_token,
    verify_refresh_token,
)


def is_refused(token: str) -> bool:
    with pytest.raises(InvalidToken) as caught:
        verify_access_token(token)
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer")
    return True


def test_it_reads_back_what_it_issued(own_key: RSAPrivateKey) -> None:
    token = issue_access_token(user_id="ana", username="Ana", scopes=[Scope.READ_ANY, Scope.WRITE_ANY], lifetime=60)

    principal = verify_access_token(token)

    assert (principal.user_id, principal.username) == ("ana", "Ana")
    assert principal.may(Scope.READ_ANY)
    assert principal.may(Scope.WRITE_ANY)
    assert 58 <= principal.expires_at - time.time() <= 60


def test_it_names_its_key_by_thumbprint(own_key: RSAPrivateKey) -> None:
    token = issue_access_token(user_id="ana", username="Ana", scopes=[], lifetime=60)

    assert jwt.get_unverified_header(token)["kid"] == thumbprint(own_key.public_key())


def test_it_takes_an_outside_issuers_token_without_token_type_or_scope(own_key: RSAPrivateKey) -> None:
    assert verify_access_token(sign(claims(), own_key)).scopes == frozenset()


def test_it_takes_an_audience_among_others(own_key: RSAPrivateKey) -> None:
    assert verify_access_token(sign(claims(aud=["others", claims()["aud"]]), own_key)).user_id == "ana"


def test_it_takes_a_token_that_ended_within_the_leeway(own_key: RSAPrivateKey) -> None:
    assert verify_access_token(sign(claims(exp=time.time() - 20), own_key)).user_id == "ana"


def test_it_refuses_a_token_that_ended_before_the_leeway(own_key: RSAPrivateKey) -> None:
    assert is_refused(sign(claims(exp=int(time.time()) - 31), own_key))


def test_it_refuses_the_algorithm_none(own_key: RSAPrivateKey) -> None:
    unsigned = jwt.encode(claims(), "", algorithm="none")

    assert is_refused(unsigned)
    assert is_refused(unsigned + "c2lnbmF0dXJl")


def test_it_refuses_a_public_key_used_as_a_secret(own_key: RSAPrivateKey) -> None:
    # PyJWT refuses to make such a token, so it is made by hand.
    signed = b".".join((base64url(b'{"alg":"HS256","typ":"JWT"}'), base64url(json.dumps(claims()).encode())))
    signature = hmac.new(public_pem(own_key).encode(), signed, hashlib.sha256).digest()

    assert is_refused(b".".join((signed, base64url(signature))).decode())


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_it_refuses_other_algorithms_of_the_same_key(own_key: RSAPrivateKey, algorithm: str) -> None:
    assert is_refused(jwt.encode(claims(), own_key, algorithm=algorithm))


def test_it_refuses_another_key(own_key: RSAPrivateKey) -> None:
    assert is_refused(sign(claims(), rsa_key("stranger")))
    assert is_refused(sign(claims(), rsa_key("stranger"), kid=thumbprint(own_key.public_key())))


def test_it_refuses_a_key_that_the_token_brings_along(own_key: RSAPrivateKey) -> None:
    stranger = rsa_key("stranger")
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key()))

    assert is_refused(sign(claims(), stranger, jwk=jwk, jku="https://stranger.example/jwks.json"))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://stranger.example"},
        {"iss": None},
        {"iss": ["https://issuer.example"]},
        {"aud": "another-service"},
        {"aud": None},
        {"aud": []},
        {"aud": {"scoreboard-tests": True}},
    ],
)
def test_it_refuses_another_issuer_or_audience(own_key: RSAPrivateKey, changes: dict[str, Any]) -> None:
    # PyJWT refuses to write a list as the issuer.
    assert is_refused(sign_text(json.dumps(claims(**changes)), own_key))


def test_it_refuses_a_refresh_token_as_an_access_token(own_key: RSAPrivateKey) -> None:
    refresh = refresh_token("7")

    assert is_refused(refresh)
    assert is_refused(sign(claims(token_type="refresh"), own_key))
    assert verify_refresh_token(refresh).user_id == "7"


def test_it_refuses_an_access_token_as_a_refresh_token(own_key: RSAPrivateKey) -> None:
    with pytest.raises(InvalidToken):
        verify_refresh_token(issue_access_token(user_id="7", username="Ana", scopes=[], lifetime=60))


@pytest.mark.parametrize(
    "garbage",
    ["", ".", "..", "...", "a.b.c", "e30.e30.e30", "\x00", "é.é.é", "\ud800.a.b", "a" * 8193, "a." * 4000, "e30.e30."],
)
def test_it_refuses_garbage(own_key: RSAPrivateKey, garbage: str) -> None:
    assert is_refused(garbage)


def test_it_refuses_a_true_token_longer_than_eight_kibibytes(own_key: RSAPrivateKey) -> None:
    assert is_refused(sign(claims(note="x" * 8192), own_key))


def test_it_refuses_every_token_cut_short_or_changed(own_key: RSAPrivateKey) -> None:
    token = sign(claims(), own_key)
    assert verify_access_token(token)

    assert is_refused(token[:-1])
    assert is_refused(token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"))
    assert is_refused(token + ".a")
    assert is_refused(f" {token}")


@pytest.mark.parametrize(
    "header",
    [
        {},
        [],
        "RS256",
        {"alg": None},
        {"alg": ["RS256"]},
        {"alg": {"RS256": 1}},
        {"alg": 1e400},
        {"alg": "RS256", "kid": 5},
        {"alg": "RS256", "kid": ["a"]},
        {"alg": "RS256", "crit": ["exp"]},
        {"alg": "RS256", "crit": 5},
        {"alg": "RS256", "b64": False},
        {"alg": "RS256", "b64": False, "crit": ["b64"]},
    ],
)
def test_it_refuses_odd_headers(own_key: RSAPrivateKey, header: Any) -> None:
    assert is_refused(sign_text(json.dumps(claims()), own_key, header))


def test_it_only_verifies_with_a_public_key_alone(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY = ""
    settings.JWT_PUBLIC_KEY = public_pem(own_key)

    assert verify_access_token(sign(claims(), own_key, kid="as the issuer likes")).user_id == "ana"
    with pytest.raises(NotFound, match="issued elsewhere"):
        issue_access_token(user_id="ana", username="Ana", scopes=[], lifetime=60)


def test_it_refuses_every_token_without_any_key(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY = ""

    assert is_refused(sign(claims(), own_key))


def test_it_reads_a_key_written_on_one_line(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY = private_pem(own_key).replace("\n", "\\n")

    assert verify_access_token(sign(claims(), own_key)).user_id == "ana"


@pytest.mark.parametrize(
    ("user_id", "username"),
    [("", "Ana"), ("a" * 256, "Ana"), ("a\nb", "Ana"), ("\ud800", "Ana"), ("ana", ""), ("ana", "A" * 101)],
)
def test_it_issues_no_token_that_it_would_refuse(own_key: RSAPrivateKey, user_id: str, username: str) -> None:
    with pytest.raises(ValueError, match=r"(is|must be) text of 1 to"):
        issue_access_token(user_id=user_id, username=username, scopes=[], lifetime=60)
