"""Request ids, and one log line per request.

The client sends an id or one is generated. Every log line of the request has it, and so does the response.
"""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

import uuid_utils
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

from scoreboard_project.api.cors import add_cors_headers
from scoreboard_project.api.errors import InvalidRequest
from scoreboard_project.api.exception_handler import error_response, handler400
from scoreboard_project.api.shapes import matching
from scoreboard_project.runtime.current_request import current_request_id, current_user_id

HEADER = "X-Request-ID"
ID_PATTERN = re.compile(r"[A-Za-z0-9._:-]{1,128}")
RequestId = Annotated[str, matching(ID_PATTERN.pattern)]
# If set in a request's META, the request is logged at debug level only.
IS_QUIET = "scoreboard.is_quiet"
# If set in a request's META, the client left before it had sent the whole body.
IS_CUT_OFF = "scoreboard.is_cut_off"
# Where a request's META has its id.
REQUEST_ID = "scoreboard.request_id"
# Clients can invent methods. Each value of a label is a time series, so all others count as one.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_LOGGED_METHOD = 32

request_seconds = Histogram(
    "scoreboard_request_seconds",
    "HTTP requests by route, method and status.",
    ["route", "method", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0),
)

log = logging.getLogger("scoreboard.request")


def new_request_id() -> str:
    """`api_<unix ms>_<uuid4>`."""
    return f"api_{time.time_ns() // 1_000_000}_{uuid_utils.uuid4()}"


def is_well_formed_id(text: str) -> bool:
    """Whether a client may use this as a request id or an idempotency key."""
    return ID_PATTERN.fullmatch(text) is not None


def accepted_id(sent: str | None) -> str:
    """The id that the client sent, or a new one if it sent none or a malformed one."""
    return sent if sent is not None and is_well_formed_id(sent) else new_request_id()


class RequestIdMiddleware:
    """The outermost middleware. It sets the request's id, returns it in the response, and logs status and duration."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A malformed id gets a 400 under /api/; elsewhere it is replaced."""
        started = time.perf_counter()
        sent = request.headers.get(HEADER)
        request_id = accepted_id(sent)
        request.META[REQUEST_ID] = request_id
        id_token, user_token = current_request_id.set(request_id), current_user_id.set("")
        try:
            if sent not in (None, request_id) and request.path_info.startswith("/api/"):
                response = error_response(InvalidRequest(f"{HEADER} must match {ID_PATTERN.pattern}"))
                add_cors_headers(request, response)
            elif IS_CUT_OFF in request.META:
                # One that closed only its own side still reads.
                response = handler400(request, BadRequest())
            else:
                response = self.get_response(request)
            response[HEADER] = request_id
            _measure(request, response, time.perf_counter() - started)
            return response
        finally:
            current_request_id.reset(id_token)
            current_user_id.reset(user_token)


def _measure(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    note_request(
        route=match.route if match else "",
        method=request.method or "",
        path=request.path_info,
        status=response.status_code,
        seconds=seconds,
        is_quiet=IS_QUIET in request.META,
    )


@lru_cache(maxsize=1024)
def _timer(route: str, method: str, status: int) -> Histogram:
    return request_seconds.labels(route, method if method in METHODS else "other", status)


def note_request(*, route: str, method: str, path: str, status: int, seconds: float, is_quiet: bool) -> None:
    """Count the request and log it; at debug level if it is quiet.

    `route` is the pattern of the address. Never pass the query string in `path`: it may contain a token.
    """
    _timer(route, method, status).observe(seconds)
    level = logging.DEBUG if is_quiet else logging.INFO
    if log.isEnabledFor(level):
        line = {"method": method[:LONGEST_LOGGED_METHOD], "path": path, "status": status}
        log.log(level, "request", extra={**line, "milliseconds": round(seconds * 1000, 2)})
