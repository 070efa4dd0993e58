"""Turns exceptions into responses, inside DRF views and outside them."""

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.request import split_domain_port
from rest_framework import exceptions as drf
from rest_framework.response import Response

from scoreboard_project.api import errors
from scoreboard_project.api.envelope import failure
from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.runtime.flows import joined
from scoreboard_project.runtime.postgres.refusal_log import log_refusal
from scoreboard_project.runtime.postgres.states import BAD_VALUE, refusal_of

# The first match wins: RequestDataTooBig is also a SuspiciousOperation.
ANSWERS: tuple[tuple[tuple[type[Exception], ...], Callable[[], errors.ApiError]], ...] = (
    ((Http404, drf.NotFound), errors.NotFound),
    ((drf.MethodNotAllowed,), errors.MethodNotAllowed),
    ((drf.UnsupportedMediaType,), errors.UnsupportedMediaType),
    ((RequestDataTooBig,), errors.PayloadTooLarge),
    ((drf.NotAuthenticated, drf.AuthenticationFailed), errors.InvalidToken),
    ((drf.PermissionDenied, PermissionDenied), errors.PermissionDenied),
    ((joined.Overloaded,), errors.Overloaded),
    ((joined.WaitedTooLong,), errors.DatabaseUnavailable),
    # UnreadablePostError: the client disconnected while it was sending the body.
    ((drf.ValidationError, SuspiciousOperation, BadRequest, UnreadablePostError), errors.InvalidRequest),
)

log = logging.getLogger("scoreboard.error")


def exception_response(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: renders any exception from a view in the envelope."""
    error = as_api_error(exception)
    return Response(failure(error), status=error.status, headers=error.headers)


def error_response(error: errors.ApiError) -> HttpResponse:
    """The envelope as a plain Django response, for errors outside DRF.

    It sets Content-Length itself: CommonMiddleware does not see every such response.
    """
    body = encode_json(failure(error))
    headers = {**error.headers, "Content-Length": str(len(body))}
    return HttpResponse(body, status=error.status, headers=headers, content_type="application/json")


def as_api_error(exception: Exception) -> errors.ApiError:
    """The ApiError for an exception. A defect is logged with its traceback and becomes SYSTEM_ERROR."""
    if isinstance(exception, errors.ApiError):
        return exception
    if isinstance(exception, drf.ParseError):
        return errors.InvalidRequest(str(exception.detail))
    for kinds, answer in ANSWERS:
        if isinstance(exception, kinds):
            return answer()
    if refusal := refusal_of(exception):
        log_refusal(refusal)
        return errors.InvalidRequest() if refusal.meaning is BAD_VALUE else errors.DatabaseUnavailable()
    log.error("Unhandled exception", exc_info=exception)
    return errors.SystemFailure()


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django rejected the request itself: its host, headers or size."""
    if isinstance(exception, DisallowedHost):
        return _answer(request, _refused_host(request))
    too_large = isinstance(exception, RequestDataTooBig)
    return _answer(request, errors.PayloadTooLarge() if too_large else errors.InvalidRequest())


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, errors.PermissionDenied())


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, errors.NotFound())


def handler500(request: HttpRequest) -> HttpResponse:
    """A defect, or no connection to PostgreSQL, outside DRF views. Django calls this while it handles the exception."""
    exception = sys.exception()
    return _answer(request, as_api_error(exception) if isinstance(exception, Exception) else errors.SystemFailure())


def _refused_host(request: HttpRequest) -> errors.ApiError:
    """Only in development does the answer name the setting. The log always does."""
    host = request.headers.get("Host", "")
    name, _port = split_domain_port(host)
    if not name:
        return errors.InvalidRequest("The Host header is not a valid host name")
    advice = f"To allow it, add {name} to DJANGO_ALLOWED_HOSTS"
    log.warning("A request for a host name that is not allowed was refused. %s", advice, extra={"host": name})
    message = f"The host {name} is not allowed here"
    return errors.InvalidRequest(message if settings.IN_PRODUCTION else f"{message}. {advice}")


def _answer(request: HttpRequest, error: errors.ApiError) -> HttpResponse:
    """The envelope under /api/, one line of plain text elsewhere."""
    if request.path_info.startswith("/api/"):
        return error_response(error)
    return HttpResponse(
        f"{error}.\n", status=error.status, headers=error.headers, content_type="text/plain; charset=utf-8"
    )
