"""What both servers of games' calls share: which requests they answer, how they read them, and the headers they add.

The endpoints are those of the views (`EndpointView`). Whatever is unusual goes to Django: other addresses and methods,
an `Expect`, a malformed request id, a host that is not allowed, plain HTTP where HTTPS is required.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import get_resolver

from scoreboard_project.api.calls import Headers, Reply
from scoreboard_project.api.cors import cors_headers
from scoreboard_project.api.request_id import HEADER, is_well_formed_id
from scoreboard_project.limits.client_address import has_trusted_peer
from scoreboard_project.serving.base_path import below
from scoreboard_project.serving.routes import Found, Routes, endpoint_routes

ID_HEADER = HEADER.lower()
LONGEST_REMEMBERED_HEADER = 256
LONGEST_REMEMBERED_URL = 256
WITH_BODY = frozenset({"PUT", "POST"})
# A request of another method with one of these has a body, which is read so that the connection stays usable.
BODY_HEADERS = frozenset({"content-length", "transfer-encoding"})
# Headers that are another in each request.
UNALIKE = frozenset({b"authorization", b"content-length", b"x-request-id", b"idempotency-key", b"if-none-match"})


class Target(NamedTuple):
    """What a request asks for. `path` is below the base path."""

    method: str
    path: str
    query: str
    found: Found


class GameCalls:
    """Reads the settings once."""

    def __init__(self) -> None:
        self._base_path: str = settings.BASE_PATH
        self._remembered_target = lru_cache(maxsize=1024)(self._target_of)
        self._routes = Routes(endpoint_routes(get_resolver().url_patterns))
        self._security = {is_secure: _security_headers(is_secure=is_secure) for is_secure in (False, True)}
        self._allowed_hosts = tuple(settings.ALLOWED_HOSTS)
        self._must_be_secure = settings.SECURE_SSL_REDIRECT
        self._secure_scheme = settings.SECURE_PROXY_SSL_HEADER[1] if settings.SECURE_PROXY_SSL_HEADER else None
        self._has_shared_origins = bool(settings.CORS_ALLOWED_ORIGINS)

    def find(self, path: str, method: str) -> Found | None:
        return self._routes.find(path, method)

    def target_of(self, method: bytes, url: bytes) -> "Target | None":
        """What a request line asks for, if it is an endpoint, written plainly. Most requests have one of a few."""
        if len(url) > LONGEST_REMEMBERED_URL:
            return self._target_of(method, url)
        return self._remembered_target(method, url)

    def _target_of(self, method: bytes, url: bytes) -> "Target | None":
        path, _, query = url.decode("latin-1").partition("?")
        path = below(self._base_path, path)
        found = self.find(path, method.decode("latin-1"))
        if not found or not url.startswith(b"/") or not url.isascii() or "%" in path or "#" in path + query:
            return None
        return Target(method.decode("ascii"), path, query, found)

    def is_secure(self, scheme: str, peer: str, headers: Mapping[str, str]) -> bool:
        """As Django's `is_secure`, of a request whose X-Forwarded-Proto counts only if a trusted proxy sent it."""
        forwarded = headers.get("x-forwarded-proto")
        if forwarded is not None and self._secure_scheme and has_trusted_peer(peer):
            return forwarded.partition(",")[0].strip() == self._secure_scheme
        return scheme == "https"

    def is_usual(self, headers: Mapping[str, str], *, is_secure: bool) -> bool:
        request_id = headers.get(ID_HEADER)
        return (
            "expect" not in headers
            and (request_id is None or is_well_formed_id(request_id))
            and _is_host_allowed(headers.get("host", ""), self._allowed_hosts)
            and (is_secure or not self._must_be_secure)
        )

    def headers_of(self, reply: Reply, *, origin: str | None, is_secure: bool) -> Headers:
        """The reply's headers and those that every response has, without Content-Length and X-Request-ID."""
        pairs = (*reply.headers, *self._security[is_secure])
        return _with_cors(pairs, origin) if self._has_shared_origins else pairs


def has_body(method: str, headers: Mapping[str, str]) -> bool:
    return method in WITH_BODY or not headers.keys().isdisjoint(BODY_HEADERS)


def read_headers(pairs: Headers) -> Mapping[str, str]:
    """By name in lower case. Repeated headers are joined, as the bridge does.

    A client's requests mostly have the same headers, so that they are read once. Tokens and long values are not kept.
    """
    alike: list[tuple[bytes, bytes]] = []
    own: list[tuple[bytes, bytes]] = []
    for pair in pairs:
        (own if pair[0] in UNALIKE else alike).append(pair)
    if any(len(value) > LONGEST_REMEMBERED_HEADER for _, value in alike):
        return _read_headers(pairs)
    headers = _remembered_headers(tuple(alike))
    return headers | _read_headers(own) if own else headers


def _read_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


_remembered_headers = lru_cache(maxsize=256)(_read_headers)


@lru_cache(maxsize=256)
def _is_host_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _with_cors(pairs: Headers, origin: str | None) -> Headers:
    vary = next((value.decode() for name, value in pairs if name == b"vary"), "")
    found = cors_headers(origin, vary=vary)
    # An origin goes back as the bytes that came.
    shared = {name.lower().encode(): value.encode("latin-1") for name, value in found.items()}
    return (*(pair for pair in pairs if pair[0] not in shared), *shared.items())


def _security_headers(*, is_secure: bool) -> Headers:
    """What Django's own middleware adds to every response."""
    scheme = "https" if is_secure else "http"
    request = WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()})
    plain, response = HttpResponse(), HttpResponse()
    SecurityMiddleware(lambda _: response).process_response(request, response)
    XFrameOptionsMiddleware(lambda _: response).process_response(request, response)
    added = response.headers.items() - plain.headers.items()
    return tuple((name.lower().encode(), value.encode()) for name, value in sorted(added))
