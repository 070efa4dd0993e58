"""Django's WSGI application behind an event loop: one hand-over to a thread and one back for each request."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from io import BytesIO
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from asgiref.wsgi import WsgiToAsgiInstance
from django.conf import settings

from scoreboard_project.api.request_id import IS_CUT_OFF

Application = Callable[[Any, Any], Iterable[bytes]]


class Bridge:
    """An ASGI application for HTTP. Bodies are read, and answers collected, as a whole: neither is large here."""

    def __init__(self, application: Application, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"  # noqa: S101 - asgi.py passes nothing else on
        body = await read_body(receive, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        environ = _environ(scope, body or b"")
        environ |= {IS_CUT_OFF: True} if body is None else {}
        answer = _Answer(self._application, environ)
        await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, answer.collect)
        start: Any = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        await send(start)
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def read_body(receive: ASGIReceiveCallable, most_bytes: int) -> bytes | None:
    """A request's body, at most one byte more than it may have. None if the client left while it sent it.

    What is too much is read too, up to a limit, and dropped: many clients read no answer before they have sent all.
    """
    body, size = bytearray(), 0
    while size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if len(body) <= most_bytes:
            body += part
        if not message.get("more_body"):
            break
    return bytes(body[: most_bytes + 1])


async def cut_off() -> Any:  # noqa: ANN401 - asgiref has no common type for what is received
    """An ASGI `receive` after the client left."""
    return {"type": "http.disconnect"}


def _environ(scope: HTTPScope, body: bytes) -> dict[str, Any]:
    """WSGI's environment. WSGI cannot tell a `_` in a header's name from a `-`: nginx drops them too."""
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    instance: Any = WsgiToAsgiInstance(None, duplicate_header_limit=None)  # type: ignore[no-untyped-call]
    # asgiref takes a query for ASCII. Servers pass on whatever bytes they get.
    instance.scope = {**scope, "headers": headers, "query_string": b""}
    environ: dict[str, Any] = instance.build_environ(instance.scope, BytesIO(body))
    environ["QUERY_STRING"] = scope["query_string"].decode("latin-1")
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


class _Answer:
    """What a WSGI application answers, collected in the calling thread."""

    status = 500
    headers: Iterable[tuple[bytes, bytes]] = ()
    body = b""

    def __init__(self, application: Application, environ: dict[str, Any]) -> None:
        self._application = application
        self._environ = environ

    def collect(self) -> None:
        parts = self._application(self._environ, self._start)
        try:
            self.body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close:
                close()

    def _start(self, status: str, headers: list[tuple[str, str]], error: object = None) -> None:
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
