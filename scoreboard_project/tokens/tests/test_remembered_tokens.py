"""A token seen before needs no RSA verification, and still expires on time."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from scoreboard_project.api.errors import InvalidToken
from scoreboard_project.testing.rsa_keys import claims, sign
from scoreboard_project.tokens.claims.remembered_tokens import RememberedTokens
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.tokens import current_tokens, verify_access_token

ANA = Principal("ana", "Ana", frozenset(), 1000.0)


def test_it_finds_what_it_remembers_until_it_ends() -> None:
    remembered = RememberedTokens(10)
    remembered.remember("token", ANA, holds_until=1000)

    assert remembered.find("token", now=999.9) is ANA
    assert remembered.find("another", now=0) is None
    assert remembered.find("token", now=1000) is None
    assert len(remembered) == 0


def test_it_forgets_the_oldest_first() -> None:
    remembered = RememberedTokens(2)
    for token in ("first", "second", "third"):
        remembered.remember(token, ANA, holds_until=1000)

    assert len(remembered) == 2
    assert remembered.find("first", now=0) is None
    assert remembered.find("third", now=0) is ANA


def test_it_remembers_nothing_with_size_zero() -> None:
    remembered = RememberedTokens(0)
    remembered.remember("token", ANA, holds_until=1000)

    assert remembered.find("token", now=0) is None
    assert len(remembered) == 0


def test_it_stays_bounded_under_many_threads() -> None:
    remembered = RememberedTokens(50)

    def remember_many(thread: int) -> None:
        for number in range(300):
            remembered.remember(f"{thread}-{number}", ANA, holds_until=number)
            remembered.find(f"{thread}-{number}", now=number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(remember_many, range(8)))

    assert len(remembered) <= 50


def test_a_verified_token_is_remembered(own_key: RSAPrivateKey) -> None:
    token = sign(claims(), own_key)

    first = verify_access_token(token)

    assert verify_access_token(token) is first


def test_a_remembered_token_ends_with_its_leeway(own_key: RSAPrivateKey) -> None:
    ends = int(time.time()) + 600
    token = sign(claims(exp=ends), own_key)
    verify_access_token(token)

    assert current_tokens().remembered.find(token, now=ends + 29) is not None
    assert current_tokens().remembered.find(token, now=ends + 30) is None


def test_a_refused_token_is_not_remembered(own_key: RSAPrivateKey) -> None:
    with pytest.raises(InvalidToken):
        verify_access_token(sign(claims(exp=1), own_key))

    assert len(current_tokens().remembered) == 0


def test_it_is_switched_off_by_the_setting(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_CACHE_SIZE = 0
    token = sign(claims(), own_key)

    assert verify_access_token(token) is not verify_access_token(token)
