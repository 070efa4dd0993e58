"""A call of the API and its reply, whoever serves it: the fast path in an event loop, or a view of Django.

An endpoint is one flow from the call to the reply: it reads the call, acts, and renders.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.http import QueryDict

from scoreboard_project.api.envelope import failure, success
from scoreboard_project.api.errors import ApiError, PayloadTooLarge, UnsupportedMediaType
from scoreboard_project.api.json_codec import decode_strict_json, encode_json
from scoreboard_project.runtime.flows.flow import Flow

JSON = (b"content-type", b"application/json")
Headers = tuple[tuple[bytes, bytes], ...]


class Call(msgspec.Struct, frozen=True):
    """`headers` have names in lower case. `body` holds at most one byte more than the endpoint accepts."""

    method: str
    query_string: str
    headers: Mapping[str, str]
    request_id: str
    peer: str = ""
    body: bytes = b""
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def query(self) -> QueryDict:
        """Raises Django's SuspiciousOperation for too many fields."""
        return QueryDict(self.query_string)

    def json(self, *, most_bytes: int) -> Any:  # noqa: ANN401 - any JSON value
        """The decoded body; an empty object without one.

        Raises UnsupportedMediaType, PayloadTooLarge or InvalidRequest.
        """
        if not self.body:
            return {}
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise UnsupportedMediaType
        if len(self.body) > most_bytes:
            raise PayloadTooLarge(details={"maxBytes": most_bytes})
        return decode_strict_json(self.body)


class Reply(msgspec.Struct, frozen=True):
    """`headers` have names in lower case; Content-Length and X-Request-ID are added by whoever sends it."""

    status: int
    body: bytes
    headers: Headers = (JSON,)

    @classmethod
    def success(cls, output: Any, *headers: tuple[bytes, bytes]) -> "Reply":  # noqa: ANN401 - a shape
        return cls(200, encode_json(success(output)), (JSON, *headers))

    @classmethod
    def failure(cls, error: ApiError) -> "Reply":
        headers = ((name.lower().encode(), value.encode()) for name, value in error.headers.items())
        return cls(error.status, encode_json(failure(error)), (JSON, *headers))


Endpoint = Callable[[Call], Flow[Reply]]
