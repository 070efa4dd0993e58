"""JSON in and out: a strict reader that refuses what most JSON parsers accept, and a fast writer."""

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

# No integer in the contract has more digits. Python itself refuses to convert more than 4,300.
LONGEST_INTEGER = 32

_encoder = msgspec.json.Encoder()


def encode_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Compact UTF-8 JSON for a value that may contain shapes and datetimes. Datetimes in UTC end with `Z`."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        # The value repeats a lone surrogate that a client sent. The standard library writes it as an escape.
        return json.dumps(value, separators=(",", ":"), default=msgspec.to_builtins).encode("ascii")


def decode_strict_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Decode a JSON text. Raises InvalidRequest for invalid UTF-8 or JSON, a repeated key, NaN or Infinity."""
    try:
        return _strict.decode(body.decode("utf-8"))
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
    # A longer integer is outside every range in the contract, so its exact value does not matter: cut it.
    return int(digits[:LONGEST_INTEGER])


_strict = json.JSONDecoder(
    object_pairs_hook=_object_without_repeats, parse_constant=_refuse_constant, parse_int=_bounded_int
)


class StrictJsonParser(BaseParser):
    """DRF parser for request bodies up to the view's `max_body_bytes` (default: the setting MAX_BODY_BYTES)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - any JSON value
        """Raises PayloadTooLarge or InvalidRequest."""
        view = (parser_context or {}).get("view")
        most = getattr(view, "max_body_bytes", settings.MAX_BODY_BYTES)
        body = stream.read(most + 1)
        if len(body) > most:
            raise PayloadTooLarge(details={"maxBytes": most})
        return decode_strict_json(body)


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,  # noqa: ANN401 - any JSON value
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else encode_json(data)


class JsonNegotiation(DefaultContentNegotiation):
    """The API answers with JSON whatever `Accept` says. The contract has no 406, which RFC 9110 allows."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type
