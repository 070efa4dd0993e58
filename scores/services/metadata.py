"""The rules of an action's `metadata`: at most 4 KiB, 8 levels, 64 keys, and only values that every client can hold."""

import math
from collections.abc import Iterable
from typing import Any

from scoreboard_project.api.errors import InvalidMetadata
from scoreboard_project.api.json_codec import encode_json

MAX_BYTES = 4096
MAX_DEPTH = 8
MAX_KEYS = 64
MAX_INTEGER = 2**53


def check_metadata(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The metadata, unchanged; empty for None. Raises InvalidMetadata, whose `details.rule` names the broken rule."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _broken("object", "metadata must be an object")
    _count_checked_keys(value, depth=1)
    if len(encode_json(value)) > MAX_BYTES:
        raise _broken("size", f"metadata must have at most {MAX_BYTES} bytes as compact JSON")
    return value


def _count_checked_keys(value: dict[str, Any] | list[Any], depth: int, keys: int = 0) -> int:
    """`keys` and those in `value`. Recursive, but no deeper than MAX_DEPTH."""
    if depth > MAX_DEPTH:
        raise _broken("depth", f"metadata must be at most {MAX_DEPTH} levels deep")
    children: Iterable[Any] = value
    if isinstance(value, dict):
        keys += len(value)
        if keys > MAX_KEYS:
            raise _broken("keys", f"metadata must have at most {MAX_KEYS} keys in total")
        for key in value:
            _check_text(key)
        children = value.values()
    for child in children:
        if isinstance(child, dict | list):
            keys = _count_checked_keys(child, depth + 1, keys)
        else:
            _check_scalar(child)
    return keys


def _check_scalar(value: Any) -> None:  # noqa: ANN401
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise _broken("integer", "integers in metadata must be within ±2^53")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _broken("number", "numbers in metadata must be finite")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise _broken("text", "text in metadata must not contain U+0000")
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _broken("text", "text in metadata must not contain lone surrogates") from None


def _broken(rule: str, message: str) -> InvalidMetadata:
    return InvalidMetadata(message, details={"rule": rule})
