"""The rules of `metadata`: bad values get 400 and never 500, and values at the limits are allowed."""

from typing import Any

import msgspec
import pytest

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Game
from scores.models import ScoreEvent
from scores.services.metadata import MAX_BYTES


def nested(depth: int) -> dict[str, Any]:
    """`depth` objects, each inside the previous one."""
    found: dict[str, Any] = {}
    for _ in range(depth - 1):
        found = {"a": found}
    return found


def keys(count: int) -> dict[str, int]:
    return {f"k{number}": number for number in range(count)}


def sized(size: int) -> dict[str, str]:
    """An object of `size` bytes as compact JSON."""
    return {"a": "x" * (size - len('{"a":""}'))}


BAD_VALUES: list[tuple[str, object]] = [
    ("object", []),
    ("object", [{}]),
    ("object", "text"),
    ("object", 5),
    ("object", True),
    ("depth", nested(9)),
    ("depth", nested(200)),
    ("depth", {"a": [[[[[[[[1]]]]]]]]}),
    ("keys", keys(65)),
    ("keys", {"a": keys(32), "b": keys(31)}),
    ("keys", {"a": [keys(1) for _ in range(64)]}),
    ("size", sized(MAX_BYTES + 1)),
    ("size", {"a": "é" * (MAX_BYTES // 2)}),
    ("size", {"a" * MAX_BYTES: 1}),
    ("size", {"a": list(range(2000))}),
]
BAD_TEXTS = [
    ("text", rb'{"a": "\u0000"}'),
    ("text", rb'{"a\u0000": 1}'),
    ("text", rb'{"a": ["x", {"b": "y\u0000"}]}'),
    ("text", rb'{"a": "\ud800"}'),
    ("text", rb'{"a": "\udc00\ud800"}'),
    ("text", rb'{"\udfff": 1}'),
    ("integer", b'{"a": 9007199254740993}'),
    ("integer", b'{"a": -9007199254740993}'),
    ("integer", b'{"a": [1, {"b": 100000000000000000000}]}'),
    ("integer", b'{"a": ' + b"9" * 5000 + b"}"),
    ("integer", b'{"a": -' + b"9" * 5000 + b"}"),
    ("number", b'{"a": 1e999}'),
    ("number", b'{"a": -1e999}'),
    ("number", b'{"a": ' + b"9" * 400 + b".5}"),
]
GOOD_TEXTS = [
    b"{}",
    b'{"a": 9007199254740992}',
    b'{"a": -9007199254740992}',
    b'{"a": 1e308, "b": 5e-324, "c": -0.0, "d": 0.1}',
    b'{"": {"": [true, false, null, ""]}}',
    rb'{"a": "\ud83c\udf89", "b": "\u0001\u007f\"\\"}',
    '{"a": "é漢字🎉", "ключ": "ü"}'.encode(),
    msgspec.json.encode(nested(8)),
    msgspec.json.encode(keys(64)),
    msgspec.json.encode(sized(MAX_BYTES)),
]


@pytest.mark.parametrize(
    ("rule", "text"),
    [*((rule, msgspec.json.encode(value)) for rule, value in BAD_VALUES), *BAD_TEXTS],
    ids=lambda _part: "",
)
def test_metadata_that_breaks_a_rule_is_refused(game: Game, ana: Player, rule: str, text: bytes) -> None:
    answer = game.update(ana, b'{"actionType": "LEVEL_COMPLETE", "metadata": ' + text + b"}")
    assert answer.failed_with(400, "INVALID_METADATA")
    assert answer.error["details"] == {"rule": rule}
    assert not ScoreEvent.objects.exists()


@pytest.mark.parametrize("text", GOOD_TEXTS, ids=lambda _text: "")
def test_metadata_within_the_rules_comes_back_as_it_was_sent(game: Game, ana: Player, text: bytes) -> None:
    answer = game.update(ana, b'{"actionType": "LEVEL_COMPLETE", "metadata": ' + text + b"}")
    assert answer.status == 200, answer.body
    event = game.get("users/ana/scores/history", ana).data["events"][0]
    assert event["metadata"] == msgspec.json.decode(text)


def test_null_is_the_same_as_no_metadata(game: Game, ana: Player) -> None:
    with_null = b'{"actionType": "LEVEL_COMPLETE", "metadata": null}'
    first = game.update(ana, with_null, idempotency_key="a").data
    again = game.update(ana, b'{"actionType": "LEVEL_COMPLETE"}', idempotency_key="a")
    assert (again.data["actionId"], again.headers["Idempotency-Replayed"]) == (first["actionId"], "true")
    assert game.get("users/ana/scores/history", ana).data["events"][0]["metadata"] == {}


def test_null_is_the_same_as_no_metadata_and_no_username_in_a_batch(game: Game) -> None:
    item = {"userId": "ana", "requestId": "r1", "actionType": "LEVEL_COMPLETE", "metadata": None, "username": None}
    assert game.batch([item]).data["results"][0]["status"] == "applied"
    del item["metadata"], item["username"]
    assert game.batch([item]).data["results"][0]["status"] == "replayed"
    assert ScoreEvent.objects.get().metadata == {}


def test_the_published_description_lets_metadata_be_null(game: Game) -> None:
    schemas = game.get("schema").body["components"]["schemas"]
    for name in ("ScoreUpdateRequest", "BatchItem"):
        assert schemas[name]["properties"]["metadata"]["type"] == ["object", "null"]
