"""Bearer tokens on a request, from header to log line."""

import logging
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.request_id import REQUEST_ID, RequestIdMiddleware
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.testing.rsa_keys import claims, sign
from scoreboard_project.tokens.bearer import bearer_of, bearer_with_scope
from scoreboard_project.tokens.principal import Principal, Scope
from scoreboard_project.tokens.tokens import issue_access_token

pytestmark = pytest.mark.django_db


def who(call: Call) -> Flow[Reply]:
    return _named((yield from bearer_of(call)))


def who_may_write_any(call: Call) -> Flow[Reply]:
    return _named((yield from bearer_with_scope(call, Scope.WRITE_ANY)))


def _named(principal: Principal) -> Reply:
    return Reply(200, principal.user_id.encode())


class WhoView(EndpointView):
    endpoints: ClassVar = {"GET": who}

    def get(self, request: Request) -> HttpResponseBase:
        return self.reply(request)


class WriteAnyView(WhoView):
    endpoints: ClassVar = {"GET": who_may_write_any}


def ask(view: type[APIView], header: str | None = None) -> HttpResponseBase:
    request = APIRequestFactory().get("/api/v1/who")
    request.META[REQUEST_ID] = "r1"
    if header is not None:
        request.META["HTTP_AUTHORIZATION"] = header
    return view.as_view()(request)


def bearer(*scopes: str) -> str:
    return "Bearer " + issue_access_token(user_id="ana", username="Ana", scopes=scopes, lifetime=60)


def failed_with(answer: HttpResponseBase, status: int, code: str) -> bool:
    assert isinstance(answer, Response)
    assert (answer.status_code, answer.data.error.code) == (status, code)
    return True


def test_it_takes_a_bearer_token(own_key: RSAPrivateKey) -> None:
    answer = ask(WhoView, bearer())

    assert isinstance(answer, HttpResponse)
    assert answer.content == b"ana"


def test_the_scheme_is_read_in_any_case(own_key: RSAPrivateKey) -> None:
    assert ask(WhoView, bearer().replace("Bearer", "bEARER")).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a b",
        "Token a.b.c",
        "Bearer \xff\xfe",
        "Bearer a,b",
        "a.b.c",
    ],
)
def test_anything_else_is_401_with_a_challenge(own_key: RSAPrivateKey, header: str | None) -> None:
    answer = ask(WhoView, header)

    assert failed_with(answer, 401, "INVALID_TOKEN")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_is_401_and_says_so(own_key: RSAPrivateKey) -> None:
    answer = ask(WhoView, "Bearer " + sign(claims(exp=1), own_key))

    assert failed_with(answer, 401, "INVALID_TOKEN")
    assert isinstance(answer, Response)
    assert "expired" in answer.data.error.message


def test_a_missing_scope_is_403(own_key: RSAPrivateKey) -> None:
    assert failed_with(ask(WriteAnyView, bearer(Scope.READ_ANY)), 403, "PERMISSION_DENIED")


def test_the_scope_opens(own_key: RSAPrivateKey) -> None:
    assert ask(WriteAnyView, bearer(Scope.WRITE_ANY)).status_code == 200


def test_the_log_line_names_the_user_and_never_the_token(
    own_key: RSAPrivateKey, capture_log: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    token = bearer()
    request = APIRequestFactory().get("/api/v1/who?token=secret", HTTP_AUTHORIZATION=token)

    with caplog.at_level(logging.INFO, logger="scoreboard.request"):
        RequestIdMiddleware(WhoView.as_view())(request)

    (line,) = capture_log
    assert '"userId":"ana"' in line
    assert token.split()[1] not in line
    assert "secret" not in line
