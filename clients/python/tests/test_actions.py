"""How the actions of a batch are split into requests."""

import json
import math
from itertools import chain

import pytest

from scoreboard_client import ScoreAction
from scoreboard_client.actions import MAX_BATCH_BYTES, chunks_of


def actions(count: int, text: str = "") -> list[ScoreAction]:
    """This number of actions, each with the text in its metadata."""
    return [ScoreAction("ana", "DAILY_BONUS", {"text": text}) for _ in range(count)]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (5, [5]), (6, [5, 1]), (10, [5, 5])])
def test_chunks_have_at_most_chunk_size_actions(count: int, sizes: list[int]) -> None:
    assert [len(chunk.actions) for chunk in chunks_of(actions(count), 5)] == sizes


def test_chunks_are_at_most_as_large_as_the_server_accepts() -> None:
    sent = actions(1000, "é" * 2000)
    chunks = list(chunks_of(sent, 1000))
    assert len(chunks) > 1
    assert all(len(chunk.body) <= MAX_BATCH_BYTES for chunk in chunks)
    assert list(chain.from_iterable(chunk.actions for chunk in chunks)) == sent


def test_the_body_has_the_names_of_the_contract() -> None:
    action = ScoreAction("ana", "DAILY_BONUS", {"level": 1}, username="Ana")
    (chunk,) = chunks_of([action, ScoreAction("bob", "DAILY_BONUS", request_id="r-1")], 1000)
    assert json.loads(chunk.body)["actions"] == [
        {
            "userId": "ana",
            "username": "Ana",
            "requestId": action.request_id,
            "actionType": "DAILY_BONUS",
            "metadata": {"level": 1},
        },
        {"userId": "bob", "requestId": "r-1", "actionType": "DAILY_BONUS"},
    ]


def test_an_action_keeps_its_request_id() -> None:
    first, second = actions(2)
    assert first.request_id != second.request_id
    assert [next(chunks_of([first], 1)).body for _ in range(2)] == [next(chunks_of([first], 1)).body] * 2


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_chunk_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="chunk_size"):
        list(chunks_of(actions(1), size))


def test_numbers_that_json_cannot_express_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        list(chunks_of([ScoreAction("ana", "DAILY_BONUS", {"accuracy": math.nan})], 1))
