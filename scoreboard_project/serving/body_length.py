"""Gives chunked request bodies a Content-Length: WSGI applications cannot read a body without one."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

# Every server and framework types the PEP 3333 environment differently.
Environ = Any
StartResponse = Any
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

BODYLESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class BodyLength:
    """WSGI middleware that reads a body of unknown length, up to `max_bytes` + 1 bytes, and sets its Content-Length.

    The extra byte lets the size limits behind it answer 413. The server must end the input stream where the body
    ends, as the bridge does.
    """

    def __init__(self, application: Application, *, max_bytes: int) -> None:
        self._application = application
        self._max_bytes = max_bytes

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("CONTENT_LENGTH") and environ["REQUEST_METHOD"] not in BODYLESS_METHODS:
            body = read_at_most(environ["wsgi.input"], self._max_bytes + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start_response)


def read_at_most(stream: Any, size: int) -> bytes:  # noqa: ANN401 - WSGI's input has no type of its own
    """Up to `size` bytes, in several reads if needed: one read may return only a part."""
    body = bytearray()
    while len(body) < size and (chunk := stream.read(size - len(body))):
        body += chunk
    return bytes(body)
