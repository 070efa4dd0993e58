"""JSON in and out: a strict reader that refuses what JSON parsers usually let through, and a fast writer."""

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

import msgspec
from django.conf import settings
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from scoreboard_project.api.errors import InvalidRequest, PayloadTooLarge

# No integer of the contract has more digits; Python itself refuses to convert beyond 4,300.
LONGEST_INTEGER = 32

_encoder = msgspec.json.Encoder()


def encode_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """A JSON value, with shapes and datetimes in it, as compact UTF-8. Datetimes in UTC end with `Z`."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        # An echo of what a client sent: a lone surrogate, which the standard library writes as an escape.
        return json.dumps(value, separators=(",", ":"), default=msgspec.to_builtins).encode("ascii")


def decode_strict_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a JSON text. Raises InvalidRequest for bad UTF-8, a repeated key, NaN, Infinity or bad JSON."""
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object_without_repeats,
            parse_constant=_refuse_constant,
            parse_int=_bounded_int,
        )
    except InvalidRequest:
        raise
    except RecursionError:
        raise InvalidRequest("The JSON is nested too deeply") from None
    except ValueError as error:
        raise InvalidRequest("The body is not valid JSON", details={"reason": str(error)[:200]}) from None


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidRequest("A JSON object repeats a key")
    return found


def _refuse_constant(word: str) -> None:
    raise InvalidRequest(f"{word} is not JSON")


def _bounded_int(digits: str) -> int:
    # A longer integer is out of every range of the contract, whatever its value: keep only its size.
    return int(digits[:LONGEST_INTEGER])


class StrictJsonParser(BaseParser):
    """DRF parser for request bodies up to the view's `max_body_bytes` (default: the setting MAX_BODY_BYTES)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - any JSON value
        """The decoded body. Raises PayloadTooLarge or InvalidRequest."""
        view = (parser_context or {}).get("view")
        most = getattr(view, "max_body_bytes", settings.MAX_BODY_BYTES)
        body = stream.read(most + 1)
        if len(body) > most:
            raise PayloadTooLarge(details={"maxBytes": most})
        return decode_strict_json(body)


class JsonRenderer(BaseRenderer):
    """DRF renderer over msgspec."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,  # noqa: ANN401 - any JSON value
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The response's bytes."""
        return b"" if data is None else encode_json(data)


class JsonNegotiation(DefaultContentNegotiation):
    """The API speaks JSON, whatever `Accept` says: there is no 406 in the contract (RFC 9110 allows it)."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The view's first renderer."""
        first = next(iter(renderers))
        return first, first.media_type
