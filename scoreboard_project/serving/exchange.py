"""A call and its answer on one connection, without ASGI."""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter
from typing import NamedTuple, Protocol

from scoreboard_project.api.calls import Call, Headers, Reply
from scoreboard_project.api.exception_handler import as_api_error
from scoreboard_project.api.request_id import new_request_id, note_request
from scoreboard_project.runtime.current_request import current_request_id, current_user_id
from scoreboard_project.runtime.flows.flow import Steps
from scoreboard_project.serving.game_calls import ID_HEADER, GameCalls, Target


class Connection(Protocol):
    """What sends the response."""

    def respond(self, exchange: "Exchange", head: bytes, body: bytes) -> None: ...


class Head(NamedTuple):
    """A request without its body."""

    target: Target
    headers: Mapping[str, str]
    peer: str
    is_secure: bool


class Unheard:
    """uvicorn's protocol wakes whoever waits for the client. Nobody does here."""

    def set(self) -> None:
        pass


class Exchange:
    """uvicorn's protocol treats it as one of its own cycles, so it has the attributes that the protocol uses."""

    message_event = Unheard()
    disconnected = False
    response_complete = False

    def __init__(self, connection: Connection, calls: GameCalls, head: Head, *, keep_alive: bool) -> None:
        self._connection = connection
        self._calls = calls
        self._head = head
        self._started = perf_counter()
        self._call: Call
        self.keep_alive = keep_alive
        self.body = bytearray()

    def answer(self) -> None:
        """Once the body has come."""
        head, found = self._head, self._head.target.found
        self._call = Call(
            head.target.method,
            head.target.query,
            head.headers,
            head.headers.get(ID_HEADER) or new_request_id(),
            head.peer,
            bytes(self.body[: found.route.most_body_bytes + 1]),
            found.parameters,
        )
        Steps(found.endpoint(self._call), self._respond, self._fail).begin(
            {current_request_id: self._call.request_id, current_user_id: ""}
        )

    def _fail(self, error: Exception) -> None:
        self._respond(Reply.failure(as_api_error(error)))

    def _respond(self, reply: Reply) -> None:
        call, target = self._call, self._head.target
        headers = self._calls.headers_of(reply, origin=call.headers.get("origin"), is_secure=self._head.is_secure)
        own = f"content-length: {len(reply.body)}\r\nx-request-id: {call.request_id}\r\n".encode()
        self._connection.respond(self, status_line(reply.status) + header_lines(headers) + own, reply.body)
        note_request(
            route=target.found.route.pattern,
            method=target.method,
            path=target.path,
            status=reply.status,
            seconds=perf_counter() - self._started,
            is_quiet=False,
        )


@lru_cache(maxsize=64)
def status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()


@lru_cache(maxsize=256)
def header_lines(headers: Headers) -> bytes:
    return b"".join(b"%s: %s\r\n" % pair for pair in headers)
