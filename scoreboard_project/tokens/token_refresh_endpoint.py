"""`POST /auth/token/refresh`: exchanges a refresh token for a new access token."""

from typing import Annotated

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api import errors
from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi.description import describe, request_example, success_response
from scoreboard_project.api.shapes import Body, Shape, any_text, read_body
from scoreboard_project.limits.credential_limit import check_credential_rate
from scoreboard_project.tokens.token_endpoint import (
    EXAMPLE_ACCESS,
    EXAMPLE_REFRESH,
    NEVER_STORED,
    SHARED_ERRORS,
    access_token_of,
)
from scoreboard_project.tokens.tokens import require_private_key, verify_refresh_token


class TokenRefreshInput(Body):
    """A refresh token that was issued here."""

    refresh: Annotated[str, any_text()]


class AccessTokenOutput(Shape):
    """A new access token; the refresh token stays the same."""

    access: str


class TokenRefreshView(APIView):
    @describe(
        operation_id="refreshToken",
        summary="Get a new access token for a refresh token",
        tags=["tokens"],
        request=TokenRefreshInput,
        examples=[request_example("A refresh token", TokenRefreshInput(EXAMPLE_REFRESH))],
        responses={
            200: success_response("TokenRefreshResponse", "A new access token", AccessTokenOutput(EXAMPLE_ACCESS))
        },
        errors=[
            errors.MissingRequiredFields(details={"fields": ["refresh"]}),
            errors.InvalidRequest("refresh must be text"),
            errors.InvalidToken(),
            *SHARED_ERRORS,
        ],
    )
    def post(self, request: Request) -> Response:
        """A refresh token no longer works once its user is deleted, is inactive, or has a new password."""
        require_private_key()
        check_credential_rate(request.META)
        claims = verify_refresh_token(read_body(request.data, TokenRefreshInput).refresh)
        user = _find_active_user(claims["user_id"])
        if user is None or not constant_time_compare(str(claims.get("auth_hash")), user.get_session_auth_hash()):
            raise errors.InvalidToken
        return Response(success(AccessTokenOutput(access_token_of(user))), headers=NEVER_STORED)


def _find_active_user(user_id: str) -> AbstractUser | None:
    if not (user_id.isascii() and user_id.isdigit()):
        return None
    user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    return user if isinstance(user, AbstractUser) else None
