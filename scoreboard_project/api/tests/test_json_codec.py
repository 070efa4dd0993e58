"""The strict JSON reader, and the writer."""

import json
from datetime import UTC, datetime
from io import BytesIO
from math import isinf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreboard_project.api.errors import InvalidRequest, PayloadTooLarge
from scoreboard_project.api.json_codec import StrictJsonParser, decode_strict_json, encode_json

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": 1, "\\u0061": 2}',
        b"NaN",
        b'{"a": Infinity}',
        b"[-Infinity]",
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b"",
        b" ",
        b"{",
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": 1,}',
        b'{"a": .5}',
        b'{"a": "\n"}',
        b"[1] 2",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xed\xa0\x80"}',
        '{"a": 1}'.encode("utf-16"),
        b"\x00",
    ],
)
def test_it_refuses(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        decode_strict_json(body)

    assert len(str(caught.value.details)) < 400


def test_it_leaves_an_overflowing_float_to_the_rules_of_the_field() -> None:
    assert isinf(decode_strict_json(b"1e999"))


def test_it_survives_an_integer_of_five_thousand_digits() -> None:
    assert decode_strict_json(b"9" * 5000) > 2**53
    assert decode_strict_json(b"-" + b"9" * 5000) < -(2**53)


@given(JSON_VALUES)
def test_it_reads_what_json_writes(value: Any) -> None:
    assert decode_strict_json(json.dumps(value).encode()) == value
    assert decode_strict_json(encode_json(value)) == value


@given(st.binary(max_size=200))
def test_it_never_fails_in_another_way(body: bytes) -> None:
    try:
        decode_strict_json(body)
    except InvalidRequest:
        return


@pytest.mark.parametrize("echo", [{"a": "\ud800"}, {"\udfff": 1}, [10**30], [-(2**64)]])
def test_it_writes_every_echo_of_a_client(echo: Any) -> None:
    assert json.loads(encode_json(echo)) == echo


def test_it_writes_times_in_utc() -> None:
    assert encode_json([datetime(2024, 1, 15, 10, 30, tzinfo=UTC)]) == b'["2024-01-15T10:30:00Z"]'


def test_the_parser_reads_up_to_the_views_limit() -> None:
    class View:
        max_body_bytes = 10

    context = {"view": View()}

    assert StrictJsonParser().parse(BytesIO(b'"12345678"'), parser_context=context) == "12345678"
    with pytest.raises(PayloadTooLarge):
        StrictJsonParser().parse(BytesIO(b'"123456789"'), parser_context=context)
