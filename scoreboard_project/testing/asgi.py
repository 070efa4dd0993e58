"""Requests to an ASGI application in this process, byte for byte as a test wants them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Headers = tuple[tuple[bytes, bytes], ...]
OWN_HOST = (b"host", b"testserver")


@dataclass(frozen=True)
class Sent:
    """A request. Headers have names in lower case, as servers give them; `target` is as it stands in the request.

    `is_cut`: the client leaves after the first half of the body.
    """

    method: str
    target: str
    headers: Headers = (OWN_HOST,)
    body: bytes = b""
    peer: tuple[str, int] | None = ("127.0.0.1", 123)
    scheme: str = "http"
    is_cut: bool = False

    @property
    def scope(self) -> dict[str, Any]:
        path, _, query = self.target.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": self.scheme,
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": list(self.headers),
            "client": self.peer,
            "server": ("testserver", 80),
        }


@dataclass(frozen=True)
class Received:
    """What was answered: header names in lower case, in order."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


async def ask(application: Any, sent: Sent) -> Received:
    """The answer. The body is sent in two parts."""
    half = len(sent.body) // 2
    parts: list[Any] = [{"type": "http.request", "body": sent.body[:half], "more_body": True}]
    if not sent.is_cut:
        parts.append({"type": "http.request", "body": sent.body[half:], "more_body": False})
    answered: list[Any] = []

    async def receive() -> Any:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answered.append(message)

    await application(sent.scope, receive, send)
    start, *rest = answered
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return Received(start["status"], headers, b"".join(part.get("body", b"") for part in rest))
