"""Bodies without a Content-Length."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest

from scoreboard_project.serving.body_length import BodyLength


def seen_by_the_application(environ: dict[str, Any]) -> tuple[bytes, str | None]:
    seen: list[tuple[bytes, str | None]] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH")
        seen.append((environ["wsgi.input"].read(int(length or 0)), length))
        return []

    BodyLength(application, max_bytes=10)(environ, None)
    return seen[0]


class Trickle(BytesIO):
    """A stream that returns three bytes per read, like a slow client."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(3, size or 0))


@pytest.mark.parametrize("length", [None, ""])
@pytest.mark.parametrize("stream", [BytesIO, Trickle])
def test_a_body_of_unknown_length_gets_one(length: str | None, stream: type[BytesIO]) -> None:
    environ = {"REQUEST_METHOD": "PUT", "wsgi.input": stream(b"12345678")}
    environ |= {} if length is None else {"CONTENT_LENGTH": length}

    assert seen_by_the_application(environ) == (b"12345678", "8")


def test_an_endless_body_is_read_to_one_byte_past_the_limit() -> None:
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": BytesIO(b"x" * 1000)}

    assert seen_by_the_application(environ) == (b"x" * 11, "11")


def test_a_body_of_known_length_is_left_alone() -> None:
    environ = {"REQUEST_METHOD": "PUT", "CONTENT_LENGTH": "3", "wsgi.input": BytesIO(b"12345678")}

    assert seen_by_the_application(environ) == (b"123", "3")


def test_a_get_is_not_waited_for() -> None:
    environ = {"REQUEST_METHOD": "GET", "wsgi.input": BytesIO(b"12345678")}

    assert seen_by_the_application(environ) == (b"", None)
