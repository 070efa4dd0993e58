"""The one place where exceptions become responses, inside DRF views and outside them."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response

from scoreboard_project.api import errors
from scoreboard_project.api.envelope import failure
from scoreboard_project.api.json_codec import encode_json

log = logging.getLogger("scoreboard.error")


def exception_response(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: any exception out of a view, as the envelope."""
    error = as_api_error(exception)
    return Response(failure(error), status=error.status, headers=error.headers)


def error_response(error: errors.ApiError) -> HttpResponse:
    """The envelope as a plain Django response, for errors that arise outside DRF."""
    return HttpResponse(
        encode_json(failure(error)), status=error.status, headers=error.headers, content_type="application/json"
    )


def as_api_error(exception: Exception) -> errors.ApiError:
    """The API's word for an exception. A defect is logged with its traceback and becomes SYSTEM_ERROR."""
    match exception:
        case errors.ApiError():
            return exception
        case Http404() | drf.NotFound():
            return errors.NotFound()
        case drf.MethodNotAllowed():
            return errors.MethodNotAllowed()
        case drf.UnsupportedMediaType():
            return errors.UnsupportedMediaType()
        case RequestDataTooBig():
            return errors.PayloadTooLarge()
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.InvalidToken()
        case drf.ParseError():
            return errors.InvalidRequest(str(exception.detail))
        case OperationalError() | InterfaceError():
            log.error("PostgreSQL is not available", exc_info=exception)
            return errors.DatabaseUnavailable()
        case _:
            log.error("A request failed", exc_info=exception)
            return errors.SystemFailure()


def _is_api_path(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django refused the request itself: its host, its headers."""
    too_large = isinstance(exception, RequestDataTooBig)
    return error_response(errors.PayloadTooLarge() if too_large else errors.InvalidRequest())


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A browser page that this user may not see."""
    return error_response(errors.PermissionDenied())


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address."""
    if _is_api_path(request):
        return error_response(errors.NotFound())
    return HttpResponse("Nothing is at this address.\n", status=404, content_type="text/plain; charset=utf-8")


def handler500(request: HttpRequest) -> HttpResponse:
    """A defect outside DRF's views; Django has logged nothing for us, RequestIdMiddleware has."""
    return error_response(errors.SystemFailure())
