"""Any claims with a valid signature give a principal or InvalidToken, never another exception."""

import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from scoreboard_project.api.errors import InvalidToken
from scoreboard_project.testing.rsa_keys import claims, rsa_key, sign_text
from scoreboard_project.tokens.keys.signing_keys import thumbprint
from scoreboard_project.tokens.tokens import verify_access_token

ODD_VALUES: list[Any] = [[], {}, [[]], ["ana"], {"a": {"b": []}}, 5, 5.5, True, False, 10**400, "", [None]]
TIMES: list[Any] = [*ODD_VALUES, "soon", "1e3", "٣", -1, 0, float("inf"), float("-inf"), float("nan"), 10**300]


def ours(payload: str | bytes) -> str:
    """A token that names our key, as those do that we sign."""
    kid = thumbprint(rsa_key("own").public_key())
    return sign_text(payload, rsa_key("own"), {"alg": "RS256", "typ": "JWT", "kid": kid})


def is_refused(payload: str | bytes) -> bool:
    with pytest.raises(InvalidToken):
        verify_access_token(ours(payload))
    return True


def is_refused_everywhere(payload: str | bytes) -> bool:
    """Refused from us and from an outside issuer, whose tokens do not name our key."""
    with pytest.raises(InvalidToken):
        verify_access_token(sign_text(payload, rsa_key("own")))
    return is_refused(payload)


@pytest.mark.parametrize("value", [*ODD_VALUES, None, "a" * 256, "a\x00b", "a\nb", "a\x7fb", "a\x85b", "\ud800"])
def test_it_refuses_an_odd_user_id(own_key: RSAPrivateKey, value: Any) -> None:
    assert is_refused(json.dumps(claims() | {"user_id": value}))


@pytest.mark.parametrize("value", [*ODD_VALUES, None, "a" * 101, "a\x00b", "\x1b[2J", "\udfff"])
def test_it_refuses_an_odd_username(own_key: RSAPrivateKey, value: Any) -> None:
    assert is_refused(json.dumps(claims() | {"username": value}))


@pytest.mark.parametrize("value", [value for value in ODD_VALUES if value != ""] + [None])
def test_it_refuses_an_odd_scope(own_key: RSAPrivateKey, value: Any) -> None:
    assert is_refused(json.dumps(claims() | {"scope": value}))


@pytest.mark.parametrize("value", [*ODD_VALUES, None, "refresh", "Access"])
def test_it_refuses_an_odd_token_type(own_key: RSAPrivateKey, value: Any) -> None:
    assert is_refused_everywhere(json.dumps(claims() | {"token_type": value}))


@pytest.mark.parametrize("value", [*TIMES, None, "4102444800", 253_402_300_800])
def test_it_refuses_an_odd_expiry(own_key: RSAPrivateKey, value: Any) -> None:
    assert is_refused_everywhere(json.dumps(claims() | {"exp": value}))


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("value", ["soon", [], {}, float("inf"), float("nan"), 10**300, None])
def test_it_refuses_odd_other_times(own_key: RSAPrivateKey, name: str, value: Any) -> None:
    assert is_refused_everywhere(json.dumps(claims() | {name: value}))


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_it_refuses_a_token_from_the_future(own_key: RSAPrivateKey, name: str) -> None:
    assert is_refused_everywhere(json.dumps(claims() | {name: time.time() + 60}))


@pytest.mark.parametrize("name", ["user_id", "username", "exp"])
def test_it_refuses_a_missing_claim(own_key: RSAPrivateKey, name: str) -> None:
    assert is_refused(json.dumps(claims(**{name: None})))


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "null",
        "[]",
        '"text"',
        "5",
        "{",
        "[" * 3000,
        '{"exp":' + "9" * 5000 + "}",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        '{"user_id":"ana","user_id":"bob"}',
    ],
)
def test_it_refuses_a_payload_that_is_not_an_object(own_key: RSAPrivateKey, payload: str | bytes) -> None:
    assert is_refused_everywhere(payload)


def test_it_refuses_a_claim_written_twice(own_key: RSAPrivateKey) -> None:
    good = json.dumps(claims())

    assert verify_access_token(sign_text(good, own_key))
    assert is_refused(good[:-1] + ', "user_id": "bob"}')


@pytest.mark.parametrize("text", ["a", "é", "日本語", "🎮" * 100, "viewer:7", " a b "])
def test_it_takes_any_visible_text(own_key: RSAPrivateKey, text: str) -> None:
    principal = verify_access_token(ours(json.dumps(claims(user_id=text, username=text))))

    assert (principal.user_id, principal.username) == (text, text)


@pytest.mark.parametrize("text", ["\u202eevil", "\xa0", "\u200b"])
def test_a_user_id_may_be_any_text_without_control_characters(own_key: RSAPrivateKey, text: str) -> None:
    assert verify_access_token(ours(json.dumps(claims(user_id=text)))).user_id == text


@pytest.mark.parametrize("text", ["\u202eevil", "\xa0", "\u200b", "Ana\u2066"])
def test_it_refuses_an_unreadable_username_with_a_reason(own_key: RSAPrivateKey, text: str) -> None:
    with pytest.raises(InvalidToken, match="username must be visible text"):
        verify_access_token(ours(json.dumps(claims(username=text))))


def test_it_splits_scopes_at_blanks(own_key: RSAPrivateKey) -> None:
    token = sign_text(json.dumps(claims(scope="scores:read:any  b ")), own_key)

    assert verify_access_token(token).scopes == {"scores:read:any", "b"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
CLAIM_NAMES = st.sampled_from(
    ["user_id", "username", "scope", "exp", "nbf", "iat", "iss", "aud", "sub", "jti", "token_type"]
)


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(changes=st.dictionaries(CLAIM_NAMES, JSON_VALUES, min_size=1, max_size=4))
def test_it_never_fails_in_another_way(own_key: RSAPrivateKey, changes: dict[str, Any]) -> None:
    token = sign_text(json.dumps(claims() | changes), own_key)

    try:
        principal = verify_access_token(token)
    except InvalidToken:
        return
    assert 1 <= len(principal.user_id) <= 255
    assert 1 <= len(principal.username) <= 100
