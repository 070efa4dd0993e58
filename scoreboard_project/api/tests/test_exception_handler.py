"""Every exception has its error code. A defect is logged, and clients see no details of it."""

from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.test import Client, RequestFactory
from rest_framework import exceptions as drf

from scoreboard_project.api import errors
from scoreboard_project.api.exception_handler import as_api_error, handler500


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (errors.UserNotFound(), 404, "USER_NOT_FOUND"),
        (Http404(), 404, "NOT_FOUND"),
        (drf.NotFound(), 404, "NOT_FOUND"),
        (drf.MethodNotAllowed("GET"), 405, "METHOD_NOT_ALLOWED"),
        (drf.UnsupportedMediaType("text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (RequestDataTooBig(), 413, "PAYLOAD_TOO_LARGE"),
        (drf.NotAuthenticated(), 401, "INVALID_TOKEN"),
        (drf.AuthenticationFailed(), 401, "INVALID_TOKEN"),
        (drf.PermissionDenied(), 403, "PERMISSION_DENIED"),
        (PermissionDenied(), 403, "PERMISSION_DENIED"),
        (drf.ParseError(), 400, "INVALID_REQUEST"),
        (drf.ValidationError(), 400, "INVALID_REQUEST"),
        (SuspiciousOperation(), 400, "INVALID_REQUEST"),
        (BadRequest(), 400, "INVALID_REQUEST"),
        (UnreadablePostError(), 400, "INVALID_REQUEST"),
        (OperationalError("secret"), 503, "DATABASE_UNAVAILABLE"),
        (InterfaceError("secret"), 503, "DATABASE_UNAVAILABLE"),
        (DataError("secret"), 400, "INVALID_REQUEST"),
        (IntegrityError("secret"), 500, "SYSTEM_ERROR"),
        (RuntimeError("secret"), 500, "SYSTEM_ERROR"),
    ],
)
def test_it_names(exception: Exception, status: int, code: str) -> None:
    error = as_api_error(exception)

    assert (error.status, error.code) == (status, code)
    assert "secret" not in str(error)


def test_a_defect_leaves_its_traceback_in_the_log(capture_log: list[str]) -> None:
    as_api_error(RuntimeError("on purpose"))

    (line,) = capture_log
    assert "RuntimeError: on purpose" in line


def test_each_code_is_raised_by_one_class() -> None:
    classes = errors.ApiError.__subclasses__()

    assert {found.code for found in classes} == set(errors.ErrorCode)
    assert len(classes) == len(errors.ErrorCode)


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/scoreboard/"])
def test_an_unknown_address_is_404_in_the_envelope(path: str) -> None:
    answer: Any = Client().get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert answer.headers["X-Request-ID"]


def test_an_unknown_page_is_404_in_words() -> None:
    answer = Client().get("/nothing")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_an_unknown_host_is_400_in_the_envelope(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["scoreboard.example"]

    answer: Any = Client().get("/api/v1/action-types", headers={"host": "stranger.example"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("path", ["/api/v1/action-types", "/"])
@pytest.mark.parametrize(("in_production", "mentions"), [(False, 1), (True, 0)])
def test_an_unknown_host_is_named_with_the_setting_that_allows_it(
    settings: Any, capture_log: list[str], path: str, in_production: bool, mentions: int
) -> None:
    settings.ALLOWED_HOSTS, settings.IN_PRODUCTION = ["localhost"], in_production

    answer = Client().get(path, headers={"host": "192.168.1.5:8000"})

    advice = "add 192.168.1.5 to DJANGO_ALLOWED_HOSTS"
    assert answer.status_code == 400
    assert "192.168.1.5 is not allowed here" in answer.text
    assert answer.text.count(advice) == mentions
    assert sum(advice in line for line in capture_log) == 1


def test_a_host_header_that_is_not_a_host_name_is_400() -> None:
    answer = Client().get("/", headers={"host": "a b<script>"})

    assert (answer.status_code, answer.text) == (400, "The Host header is not a valid host name.\n")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing"])
def test_a_defect_outside_the_views_is_500_and_logged(path: str, capture_log: list[str]) -> None:
    answer = answer_of_handler500(path, RuntimeError("on purpose"))

    assert answer.status_code == 500
    assert b"on purpose" not in answer.content
    assert "RuntimeError: on purpose" in capture_log[0]


def test_an_unavailable_database_outside_the_views_is_503() -> None:
    answer = answer_of_handler500("/admin/", OperationalError())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def answer_of_handler500(path: str, exception: Exception) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        raise exception

    def as_django_does(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except type(exception):
            return handler500(request)

    return as_django_does(RequestFactory().get(path))
