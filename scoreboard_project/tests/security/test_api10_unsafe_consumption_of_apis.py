"""API10:2023 Unsafe Consumption of APIs: an outside issuer's answers are read with as much care as a client's."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreboard_project.tokens.keys.key_set import parse_jwks

TESTED_ELSEWHERE = [
    "scoreboard_project/tokens/tests/test_outside_keys.py::test_an_endless_key_set_is_not_read",
    "scoreboard_project/tokens/tests/test_outside_keys.py::test_an_issuer_that_hangs_delays_the_first_token_only",
    "scoreboard_project/tokens/tests/test_outside_keys.py::test_junk_from_the_issuer_changes_nothing",
    "scoreboard_project/tokens/tests/test_outside_keys.py::test_it_takes_rsa_signature_keys_only",
    "scoreboard_project/tokens/tests/test_outside_keys.py::test_it_asks_web_addresses_only",
]
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["RSA", "sig", "RS256", "AQAB"])
        for name in ("kty", "use", "alg", "kid", "n", "e", "d", "x5c")
    },
)


@given(st.lists(ENTRIES | st.none() | st.text(), max_size=5))
def test_a_key_set_of_junk_has_no_key_and_raises_nothing(entries: list[object]) -> None:
    assert not parse_jwks(json.dumps({"keys": entries}).encode())


@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b'{"keys": 1}', b"<html>", b"\xff"])
def test_what_is_no_key_set_is_an_error_that_is_expected(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that is all it promises
        parse_jwks(body)
