"""Bearer tokens on a request, from header to log line."""

import logging

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from scoreboard_project.api.request_id import RequestIdMiddleware
from scoreboard_project.testing.rsa_keys import claims, sign
from scoreboard_project.tokens.authentication import BearerAuthentication, HasScope, IsBearer
from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.tokens import issue_access_token


class WhoView(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsBearer,)

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.user_id})  # type: ignore[union-attr]


class WriteAnyView(WhoView):
    permission_classes = (HasScope.of(Scope.WRITE_ANY),)


class ForgetfulView(WhoView):
    """Requires a token, but lacks the authentication class that reads it."""

    authentication_classes = ()  # type: ignore[assignment]


def ask(view: type[APIView], header: str | None = None) -> HttpResponseBase:
    request = APIRequestFactory().get("/api/v1/who")
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

    assert isinstance(answer, Response)
    assert answer.data == {"user": "ana"}


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


def test_a_view_that_forgot_the_authentication_stays_shut(own_key: RSAPrivateKey) -> None:
    assert failed_with(ask(ForgetfulView, bearer()), 401, "INVALID_TOKEN")


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
