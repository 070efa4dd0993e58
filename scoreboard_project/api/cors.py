"""Which pages of other origins may use the API and the live boards. No page may while CORS_ALLOWED_ORIGINS is empty.

django-cors-headers answers the preflights. What any other answer carries is `cors_headers`, for whoever answers.
"""

from functools import lru_cache
from urllib.parse import SplitResult

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scoreboard_project.api.origins import Origins

SHARED_PATHS = ("/api/", "/.well-known/jwks.json")

_origins = lru_cache(maxsize=8)(Origins.of)


def is_listed(origin: str) -> bool:
    """Whether CORS_ALLOWED_ORIGINS names the origin of an Origin header."""
    return origin in _origins(tuple(settings.CORS_ALLOWED_ORIGINS))


def cors_headers(origin: str | None, *, vary: str = "") -> dict[str, str]:
    """What lets a listed page of `origin` (the request's Origin header) read an answer of the API, an error too.

    `vary` is the answer's Vary header so far. Caches must know that the answer depends on the origin, so the header is
    set for every request while any origin is listed.
    """
    if not settings.CORS_ALLOWED_ORIGINS:
        return {}
    headers = {"Vary": f"{vary}, Origin" if vary else "Origin"}
    if origin is not None and is_listed(origin):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = ", ".join(settings.CORS_EXPOSE_HEADERS)
    return headers


def add_cors_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """`cors_headers` on a response of Django."""
    for name, value in cors_headers(request.headers.get("Origin"), vary=response.get("Vary", "")).items():
        response[name] = value


class ApiCorsMiddleware(CorsMiddleware):
    """django-cors-headers with our list, which knows subdomains and default ports."""

    def is_enabled(self, request: HttpRequest) -> bool:
        return bool(settings.CORS_ALLOWED_ORIGINS) and request.path_info.startswith(SHARED_PATHS)

    def origin_found_in_white_lists(self, origin: str, url: SplitResult) -> bool:
        return is_listed(origin)

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return super().add_response_headers(request, response)
        if self.is_enabled(request):
            add_cors_headers(request, response)
        return response
