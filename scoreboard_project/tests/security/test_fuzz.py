"""Whatever bytes come, in a body or in a socket's frame, the answer is one of the contract's errors, never a defect."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live.sockets.messages import parse_client_message
from scoreboard_project.api.errors import ApiError
from scoreboard_project.testing.cast import ANA, SERVER
from scoreboard_project.testing.game import Game

FUZZED = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ODD_TEXT = st.text() | st.sampled_from(["\0", "\ud800", "\u202e", "a" * 5000, "LEVEL_COMPLETE", "__proto__", "1e400"])
ODD_NUMBER = st.integers() | st.floats() | st.sampled_from([2**53, 2**53 + 1, -(2**63), 2**64, 1e308])
JSON = st.recursive(
    st.none() | st.booleans() | ODD_NUMBER | ODD_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(ODD_TEXT, inner, max_size=5),
    max_leaves=20,
)
VALID: dict[str, Any] = {"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5, "tags": ["a", {"b": None}]}}
FRAMES = st.fixed_dictionaries(
    {"type": st.sampled_from(["subscribe_leaderboard", "ping", "authenticate", "submit_action"]) | ODD_TEXT},
    optional={"data": JSON | st.fixed_dictionaries({}, optional={"limit": JSON, "token": JSON}), "x": JSON},
)
ODD_BYTES = st.sampled_from([b"", b'"', b"{", b"]", b"\\u", b"\xff", b"," * 9])
FRAME = b'{"type":"subscribe_leaderboard","data":{"limit":25}}'
ITEMS = st.fixed_dictionaries({}, optional=dict.fromkeys(("userId", "requestId", "actionType", "metadata"), JSON))


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: Callable[[Any], Any], whole: bytes) -> bytes:
    """A valid text with some bytes replaced, removed, repeated or added."""
    found = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(found)))
        end = draw(st.integers(start, min(len(found), start + 6)))
        found[start:end] = draw(st.binary(max_size=6) | ODD_BYTES)
    return bytes(found)


BODIES = (
    st.binary(max_size=300)
    | JSON.map(written)
    | damaged(written(VALID))
    | st.fixed_dictionaries({"actionType": JSON, "metadata": JSON}).map(written)
)


def is_in_the_contract(answer: Any) -> bool:
    """A success, or a whole envelope with an error that is the client's."""
    return answer.status == 200 or (400 <= answer.status < 500 and bool(answer.error["code"]))


@FUZZED
@given(body=BODIES)
def test_any_body_of_an_update_is_answered(game: Game, body: bytes) -> None:
    headers = {"Content-Type": "application/json", **ANA.bearer()}
    assert is_in_the_contract(game.send("PUT", "scores/update", headers=headers, content=body))


@FUZZED
@given(item=ITEMS)
def test_any_item_of_a_batch_is_answered(game: Game, item: Any) -> None:
    headers = {"Content-Type": "application/json", **SERVER.bearer("scores:write:any")}
    body = written({"actions": [item]})
    assert is_in_the_contract(game.send("POST", "scores/batch", headers=headers, content=body))


@settings(FUZZED, max_examples=500)
@given(
    frame=st.text(max_size=300)
    | (JSON | FRAMES).map(json.dumps)
    | damaged(FRAME).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)
def test_any_frame_is_a_message_or_an_error_that_has_a_code(frame: str) -> None:
    status = 200
    try:
        parse_client_message(frame)
    except ApiError as error:
        status = error.status
    assert status < 500


def test_binary_frames_are_refused() -> None:
    with pytest.raises(ApiError):
        parse_client_message(None)
