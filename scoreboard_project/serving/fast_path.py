"""Answers the calls that games make in play, in the event loop, without Django's request machinery.

As ASGI middleware, for any server. Under uvicorn `http_protocol.py` answers most of them before they come here.
"""

import time
from collections.abc import Mapping
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from scoreboard_project.api.calls import Call, Endpoint, Reply
from scoreboard_project.api.exception_handler import as_api_error
from scoreboard_project.api.request_id import new_request_id, note_request
from scoreboard_project.runtime.current_request import current_request_id, current_user_id
from scoreboard_project.runtime.flows.flow import run_in_loop
from scoreboard_project.serving.bridge import cut_off, read_body
from scoreboard_project.serving.game_calls import ID_HEADER, GameCalls, has_body, read_headers


class FastPath:
    """ASGI middleware for HTTP: answers the endpoints and passes everything else on, half a body among it."""

    def __init__(self, application: ASGI3Application, calls: GameCalls) -> None:
        self._application = application
        self._calls = calls

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"  # noqa: S101 - asgi.py passes nothing else on
        started = time.perf_counter()
        found = self._calls.find(scope["path"].removeprefix(scope.get("root_path", "")), scope["method"])
        headers = read_headers(tuple(scope["headers"])) if found else {}
        is_secure = self._calls.is_secure(scope.get("scheme", ""), _peer_of(scope), headers)
        if found is None or not self._calls.is_usual(headers, is_secure=is_secure):
            await self._application(scope, receive, send)
            return
        is_read = has_body(scope["method"], headers)
        body = await read_body(receive, found.route.most_body_bytes) if is_read else b""
        if body is None:
            await self._application(scope, cut_off, send)
            return
        call = _call_of(scope, headers, body, found.parameters)
        reply = await _reply_to(call, found.endpoint)
        await self._send(send, call, reply, is_secure=is_secure)
        note_request(
            route=found.route.pattern,
            method=call.method,
            path=scope["path"],
            status=reply.status,
            seconds=time.perf_counter() - started,
            is_quiet=False,
        )

    async def _send(self, send: ASGISendCallable, call: Call, reply: Reply, *, is_secure: bool) -> None:
        pairs = [
            *self._calls.headers_of(reply, origin=call.headers.get("origin"), is_secure=is_secure),
            (b"content-length", b"%d" % len(reply.body)),
            (b"x-request-id", call.request_id.encode()),
        ]
        start: Any = {"type": "http.response.start", "status": reply.status, "headers": pairs}
        await send(start)
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})


def _call_of(scope: HTTPScope, headers: Mapping[str, str], body: bytes, parameters: Mapping[str, str]) -> Call:
    return Call(
        scope["method"],
        scope["query_string"].decode("latin-1"),
        headers,
        headers.get(ID_HEADER) or new_request_id(),
        _peer_of(scope),
        body,
        parameters,
    )


def _peer_of(scope: HTTPScope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _reply_to(call: Call, endpoint: Endpoint) -> Reply:
    current_request_id.set(call.request_id)
    current_user_id.set("")
    try:
        return await run_in_loop(endpoint(call))
    except Exception as error:  # noqa: BLE001 - as_api_error logs what is unexpected
        return Reply.failure(as_api_error(error))
