"""Users in the tokens of outside issuers: ids and names in any claims, and names that nobody could read."""

import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pytest_django.fixtures import Settings

from scoreboard_project.api.errors import InvalidToken
from scoreboard_project.testing.rsa_keys import AUDIENCE, ISSUER, private_pem, public_pem, rsa_key, sign
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.tokens import issue_access_token, verify_access_token

# As the issuers write them, shortened.
AUTH0 = {"sub": "auth0|64f1", "aud": [AUDIENCE, "https://tenant.example/userinfo"], "scope": "openid profile"}
FIREBASE = {"sub": "x1y2", "user_id": "x1y2", "name": "Ana", "auth_time": 1, "firebase": {"sign_in_provider": "custom"}}
KEYCLOAK = {
    "sub": "8d4b3b1e-4c1c-4b53-9a9a-1f5f4ae2a111",
    "preferred_username": "ana",
    "typ": "Bearer",
    "scope": "email",
}


@pytest.fixture(autouse=True)
def issuer(own_key: RSAPrivateKey, settings: Settings) -> None:
    """An issuer whose key was set as JWT_PUBLIC_KEY."""
    settings.JWT_PRIVATE_KEY = ""
    settings.JWT_PUBLIC_KEY = public_pem(rsa_key("outside"))


def principal(**claims: Any) -> Principal:
    shared = {"iss": ISSUER, "aud": AUDIENCE, "iat": int(time.time()), "exp": int(time.time()) + 600}
    return verify_access_token(sign(shared | claims, rsa_key("outside")))


def named(settings: Settings, user_id: str, username: str) -> None:
    settings.JWT_USER_ID_CLAIM, settings.JWT_USERNAME_CLAIM = user_id, username


@pytest.mark.parametrize(
    ("token", "claims", "user"),
    [
        (AUTH0, ("sub", "https://game.example/name"), ("auth0|64f1", "auth0|64f1")),
        (AUTH0 | {"https://game.example/name": "Ana"}, ("sub", "https://game.example/name"), ("auth0|64f1", "Ana")),
        (FIREBASE, ("sub", "name"), ("x1y2", "Ana")),
        (FIREBASE, ("user_id", "username"), ("x1y2", "x1y2")),
        (KEYCLOAK, ("sub", "preferred_username"), (KEYCLOAK["sub"], "ana")),
    ],
)
def test_it_reads_the_claims_that_the_settings_name(
    settings: Settings, token: dict[str, Any], claims: tuple[str, str], user: tuple[str, str]
) -> None:
    named(settings, *claims)
    found = principal(**token)
    assert (found.user_id, found.username) == user


@pytest.mark.parametrize(("number", "text"), [(5, "5"), (0, "0"), (-7, "-7"), (2**63, "9223372036854775808")])
@pytest.mark.parametrize("claim", ["sub", "user_id"])
def test_a_number_becomes_text(settings: Settings, claim: str, number: int, text: str) -> None:
    named(settings, claim, "preferred_username")
    found = principal(**{claim: number, "preferred_username": number})
    assert (found.user_id, found.username) == (text, text)


@pytest.mark.parametrize("value", [None, "", True, 5.5, 10**30, 10**31, [], {}, ["ana"], "a" * 256, "a\nb"])
def test_a_token_without_a_usable_user_id_is_refused_with_the_claims_name(settings: Settings, value: Any) -> None:
    named(settings, "sub", "name")
    with pytest.raises(InvalidToken, match="no user id in its claim 'sub'"):
        principal(sub=value, user_id="not asked for", name="Ana")


@pytest.mark.parametrize("value", [None, "", "   ", "\u200b", "\u202e", "\ufe0f", [], {}, True, 5.5])
def test_without_a_name_the_id_is_shown(value: Any) -> None:
    assert principal(user_id="ana", username=value).username == "ana"
    assert principal(user_id="ana").username == "ana"


def test_a_long_id_is_cut_where_it_stands_for_a_name() -> None:
    found = principal(user_id="a" * 255)
    assert (len(found.user_id), found.username) == (255, "a" * 100)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202eana", "ana"),
        ("A\u200bna", "Ana"),
        ("  Ana\n  B\t", "Ana B"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("A" * 150, "A" * 100),
        ("\ud800Ana", "Ana"),
        ("\u2066Ana\u2069\u200f", "Ana"),
    ],
)
def test_an_unreadable_name_is_cleaned_so_that_nobody_is_locked_out(name: str, shown: str) -> None:
    assert principal(user_id="7", username=name).username == shown


def test_scopes_may_be_a_list() -> None:
    assert principal(user_id="7", scope=["scores:read:any", "b"]).scopes == {"scores:read:any", "b"}


def test_our_own_tokens_keep_their_claims(settings: Settings, own_key: RSAPrivateKey) -> None:
    named(settings, "sub", "preferred_username")
    settings.JWT_PUBLIC_KEY, settings.JWT_PRIVATE_KEY = "", private_pem(own_key)
    found = verify_access_token(issue_access_token(user_id="ana", username="Ana"))
    assert (found.user_id, found.username) == ("ana", "Ana")
