"""The rules of an action's `metadata`: at most 4 KiB, 8 levels, 64 keys, and only values that every client can hold."""

import json
import math
from collections.abc import Iterator
from typing import Any

from scoreboard_project.api.errors import InvalidMetadata

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
    keys = 0
    for found, depth in _walk(value):
        if depth > MAX_DEPTH:
            raise _broken("depth", f"metadata must be at most {MAX_DEPTH} levels deep")
        if isinstance(found, dict):
            keys += len(found)
            if keys > MAX_KEYS:
                raise _broken("keys", f"metadata must have at most {MAX_KEYS} keys in total")
            for key in found:
                _check_text(key)
        else:
            _check_scalar(found)
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_BYTES:
        raise _broken("size", f"metadata must have at most {MAX_BYTES} bytes as compact JSON")
    return value


def _walk(value: Any) -> Iterator[tuple[Any, int]]:  # noqa: ANN401
    """Every value with its depth, from 1. Not recursive, because the client decides how deep the value is."""
    stack = [(value, 1)]
    while stack:
        found, depth = stack.pop()
        yield found, depth
        children = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        stack.extend((child, depth + isinstance(child, dict | list)) for child in children)


def _check_scalar(value: Any) -> None:  # noqa: ANN401
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise _broken("integer", "integers in metadata must be within ±2^53")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _broken("number", "numbers in metadata must be finite")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise _broken("text", "text in metadata must not contain U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _broken("text", "text in metadata must not contain lone surrogates") from None


def _broken(rule: str, message: str) -> InvalidMetadata:
    return InvalidMetadata(message, details={"rule": rule})
