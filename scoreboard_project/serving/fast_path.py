"""Answers the calls that games make in play, in the event loop, without Django's request machinery.

The endpoints are those of the views (`EndpointView`). Whatever is unusual goes to Django: other addresses and methods,
an `Expect`, a malformed request id, a host that is not allowed, plain HTTP where HTTPS is required, half a body.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import get_resolver

from scoreboard_project.api.calls import Call, Endpoint, Headers, Reply
from scoreboard_project.api.cors import cors_headers
from scoreboard_project.api.exception_handler import as_api_error
from scoreboard_project.api.request_id import HEADER, is_well_formed_id, new_request_id, note_request
from scoreboard_project.limits.client_address import has_trusted_peer
from scoreboard_project.runtime.current_request import current_request_id, current_user_id
from scoreboard_project.runtime.flows.flow import run_in_loop
from scoreboard_project.serving.bridge import cut_off, read_body
from scoreboard_project.serving.routes import Routes, endpoint_routes

ID_HEADER = HEADER.lower()
LONGEST_REMEMBERED_HEADER = 256
WITH_BODY = frozenset({"PUT", "POST"})
# A request of another method with one of these has a body, which is read so that the connection stays usable.
BODY_HEADERS = frozenset({"content-length", "transfer-encoding"})


class FastPath:
    """ASGI middleware for HTTP: answers the endpoints and passes everything else on. Reads the settings once."""

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application
        self._routes = Routes(endpoint_routes(get_resolver().url_patterns))
        self._security = {is_secure: _security_headers(is_secure=is_secure) for is_secure in (False, True)}
        self._allowed_hosts = tuple(settings.ALLOWED_HOSTS)
        self._must_be_secure = settings.SECURE_SSL_REDIRECT
        self._secure_scheme = settings.SECURE_PROXY_SSL_HEADER[1] if settings.SECURE_PROXY_SSL_HEADER else None
        self._has_shared_origins = bool(settings.CORS_ALLOWED_ORIGINS)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"  # noqa: S101 - asgi.py passes nothing else on
        started = time.perf_counter()
        found = self._routes.find(scope["path"].removeprefix(scope.get("root_path", "")), scope["method"])
        headers = _headers_of(tuple(scope["headers"])) if found else {}
        is_secure = self._is_secure(scope, headers)
        if found is None or not self._is_usual(headers, is_secure=is_secure):
            await self._application(scope, receive, send)
            return
        has_body = scope["method"] in WITH_BODY or not headers.keys().isdisjoint(BODY_HEADERS)
        body = await read_body(receive, found.route.most_body_bytes) if has_body else b""
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

    def _is_secure(self, scope: HTTPScope, headers: Mapping[str, str]) -> bool:
        """As Django's `is_secure`, of a request whose X-Forwarded-Proto counts only if a trusted proxy sent it."""
        forwarded = headers.get("x-forwarded-proto")
        if forwarded is not None and self._secure_scheme and has_trusted_peer(_peer_of(scope)):
            return forwarded.partition(",")[0].strip() == self._secure_scheme
        return scope.get("scheme") == "https"

    def _is_usual(self, headers: Mapping[str, str], *, is_secure: bool) -> bool:
        request_id = headers.get(ID_HEADER)
        return (
            "expect" not in headers
            and (request_id is None or is_well_formed_id(request_id))
            and _is_host_allowed(headers.get("host", ""), self._allowed_hosts)
            and (is_secure or not self._must_be_secure)
        )

    async def _send(self, send: ASGISendCallable, call: Call, reply: Reply, *, is_secure: bool) -> None:
        pairs = [
            *reply.headers,
            (b"content-length", b"%d" % len(reply.body)),
            (b"x-request-id", call.request_id.encode()),
            *self._security[is_secure],
        ]
        if self._has_shared_origins:
            pairs = _with_cors(pairs, call.headers.get("origin"))
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


def _headers_of(pairs: Headers) -> dict[str, str]:
    """By name in lower case. Repeated headers are joined, as the bridge does.

    A client's requests mostly have the same headers, so that they are read once. Tokens and long values are not kept.
    """
    for name, value in pairs:
        if name == b"authorization" or len(value) > LONGEST_REMEMBERED_HEADER:
            return _read_headers(pairs)
    return _remembered_headers(pairs)


def _read_headers(pairs: Headers) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


_remembered_headers = lru_cache(maxsize=256)(_read_headers)


def _peer_of(scope: HTTPScope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


@lru_cache(maxsize=256)
def _is_host_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


async def _reply_to(call: Call, endpoint: Endpoint) -> Reply:
    current_request_id.set(call.request_id)
    current_user_id.set("")
    try:
        return await run_in_loop(endpoint(call))
    except Exception as error:  # noqa: BLE001 - as_api_error logs what is unexpected
        return Reply.failure(as_api_error(error))


def _with_cors(pairs: list[tuple[bytes, bytes]], origin: str | None) -> list[tuple[bytes, bytes]]:
    vary = next((value.decode() for name, value in pairs if name == b"vary"), "")
    found = cors_headers(origin, vary=vary)
    # An origin goes back as the bytes that came.
    shared = {name.lower().encode(): value.encode("latin-1") for name, value in found.items()}
    return [*(pair for pair in pairs if pair[0] not in shared), *shared.items()]


def _security_headers(*, is_secure: bool) -> Headers:
    """What Django's own middleware adds to every response."""
    scheme = "https" if is_secure else "http"
    request = WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()})
    plain, response = HttpResponse(), HttpResponse()
    SecurityMiddleware(lambda _: response).process_response(request, response)
    XFrameOptionsMiddleware(lambda _: response).process_response(request, response)
    added = response.headers.items() - plain.headers.items()
    return tuple((name.lower().encode(), value.encode()) for name, value in sorted(added))
