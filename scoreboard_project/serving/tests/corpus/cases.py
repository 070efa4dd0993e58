"""What a case of the corpus is, and how its requests are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scoreboard_project.testing.asgi import OWN_HOST, Headers, Sent

API = "/api/v1/"
JSON = (b"content-type", b"application/json")
LEVEL = b'{"actionType": "LEVEL_COMPLETE"}'
Pair = tuple[bytes, bytes]


@dataclass(frozen=True)
class Case:
    """One request, after `before`, under `settings`.

    `is_fast`: whether the fast path answers it by itself; None where that does not matter.
    """

    name: str
    sent: Sent
    is_fast: bool | None = True
    before: tuple[Sent, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def header(name: str, value: bytes | str) -> Pair:
    return name.encode(), value if isinstance(value, bytes) else value.encode("latin-1")


def bearer(who: str) -> Pair:
    """A token of `ana`, or one of those in test_fast_path.py: `<name>` stands for it until the request is sent."""
    return header("authorization", f"Bearer <{who}>")


ANA, READER, SERVER, VIEWER = map(bearer, ("ana", "reader", "server", "viewer"))


def get(path: str, *headers: Pair, host: Headers = (OWN_HOST,), **other: Any) -> Sent:
    target = path if path.startswith("/") else API + path
    return Sent("GET", target, (*host, *headers), **other)


def put(body: bytes = LEVEL, *headers: Pair, token: Headers = (ANA,), kind: Headers = (JSON,), **other: Any) -> Sent:
    length = header("content-length", str(len(body)))
    return Sent("PUT", f"{API}scores/update", (OWN_HOST, *kind, length, *token, *headers), body, **other)


def post(path: str, body: bytes, *headers: Pair) -> Sent:
    length = header("content-length", str(len(body)))
    return Sent("POST", API + path, (OWN_HOST, length, *headers), body)


def batch(body: bytes, *headers: Pair, token: Headers = (SERVER,)) -> Sent:
    return post("scores/batch", body, JSON, *token, *headers)
