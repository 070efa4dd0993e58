"""Answers the probes of an ASGI process in its event loop and in threads of their own.

So `/healthz`, `/readyz` and `/metrics` answer even while all threads and connections of requests are waiting.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.urls import reverse
from prometheus_client import CONTENT_TYPE_LATEST

from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.api.request_id import HEADER, accepted_id, note_request
from scoreboard_project.health import HEALTHY, ask_at_start, healthz, readiness, readyz
from scoreboard_project.limits.operators import METRICS, is_hidden_from
from scoreboard_project.runtime.metrics import exposition, metrics

# The others take less, even if PostgreSQL and Redis hang.
LONGEST_SECONDS = 5.0
METHODS = {"GET", "HEAD"}
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"

# Status, content type, body.
Answer = tuple[int, str, bytes]


class Probes:
    """ASGI middleware for HTTP: answers the probes and passes everything else on."""

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application
        self._answers: dict[str, Callable[[], Answer]] = {
            reverse(healthz): _healthz,
            reverse(readyz): _readyz,
            reverse(metrics): _metrics,
        }
        self._threads = ThreadPoolExecutor(len(self._answers), thread_name_prefix="probe")
        self._under_way: dict[Callable[[], Answer], asyncio.Future[Answer]] = {}

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"  # noqa: S101 - ProtocolTypeRouter sees to it
        answer = self._answers.get(scope["path"].removeprefix(scope.get("root_path", "")))
        # Django answers those who may not see them: 404.
        if answer is None or (answer is _metrics and _is_stranger(scope)):
            await self._application(scope, receive, send)
            return
        started = time.perf_counter()
        found = await self._answer(scope["method"], answer)
        await _respond(scope, send, found)
        note_request(
            route="",
            method=scope["method"],
            path=scope["path"],
            status=found[0],
            seconds=time.perf_counter() - started,
            is_quiet=True,
        )

    async def _answer(self, method: str, answer: Callable[[], Answer]) -> Answer:
        if method not in METHODS:
            return 405, TEXT, b"Method not allowed.\n"
        if answer is _healthz:
            return _healthz()
        try:
            return await asyncio.wait_for(asyncio.shield(self._shared(answer)), LONGEST_SECONDS)
        except TimeoutError:
            reason = f"no answer within {LONGEST_SECONDS:g} s"
            return 503, JSON, encode_json({"status": "not ready", "parts": {}, "reason": reason})

    def _shared(self, answer: Callable[[], Answer]) -> asyncio.Future[Answer]:
        """Requests at the same time share one thread and one answer."""
        under_way = self._under_way.get(answer)
        if under_way is None or under_way.done():
            under_way = asyncio.get_running_loop().run_in_executor(self._threads, answer)
            self._under_way[answer] = under_way
        return under_way


class AskedAtStart:
    """ASGI lifespan middleware: logs at the start what is not ready."""

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        ask_at_start()
        await self._application(scope, receive, send)


def _is_stranger(scope: HTTPScope) -> bool:
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    client = scope.get("client")
    return is_hidden_from(str(client[0]) if client else "", forwarded, METRICS)


def _healthz() -> Answer:
    return 200, JSON, encode_json(HEALTHY)


def _readyz() -> Answer:
    status, body = readiness()
    return status, JSON, encode_json(body)


def _metrics() -> Answer:
    return 200, CONTENT_TYPE_LATEST, exposition()


async def _respond(scope: HTTPScope, send: ASGISendCallable, answer: Answer) -> None:
    status, content_type, body = answer
    sent = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    headers: dict[str, Any] = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        HEADER: accepted_id(sent.get(HEADER.lower().encode())),
    }
    if status == 405:
        headers["Allow"] = ", ".join(sorted(METHODS))
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs, "trailers": False})
    content = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": content, "more_body": False})
