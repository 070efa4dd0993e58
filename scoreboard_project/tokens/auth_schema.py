"""The OpenAPI descriptions of the token endpoints."""

from drf_spectacular.utils import OpenApiExample

from scoreboard_project.api import errors
from scoreboard_project.api.openapi import describe, success_response
from scoreboard_project.tokens.auth_serializers import (
    AccessTokenSerializer,
    TokenPairSerializer,
    TokenRefreshRequestSerializer,
    TokenRequestSerializer,
)

ACCESS = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ1c2VyX2lkIjoiNyJ9.c2lnbmF0dXJl"
REFRESH = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl"
SHARED_ERRORS = [
    errors.PayloadTooLarge(),
    errors.UnsupportedMediaType(),
    errors.NotFound("Tokens are issued elsewhere: this server only verifies them"),
    errors.RateLimitExceeded(retry_after=12),
]

token = describe(
    operation_id="createToken",
    summary="Get tokens for a username and a password",
    description=(
        "The access token's scopes follow the user's permissions: viewing score events gives `scores:read:any`, "
        "adding them `scores:write:any`."
    ),
    tags=["tokens"],
    request=TokenRequestSerializer,
    examples=[
        OpenApiExample("A user", {"username": "operator", "password": "correct horse battery"}, request_only=True)
    ],
    responses={
        200: success_response(
            "TokenResponse", TokenPairSerializer, "A pair of tokens", {"access": ACCESS, "refresh": REFRESH}
        )
    },
    errors=[
        errors.MissingRequiredFields(details={"fields": ["password"]}),
        errors.InvalidRequest("username must be text"),
        errors.InvalidToken("The username or the password is wrong"),
        *SHARED_ERRORS,
    ],
)

token_refresh = describe(
    operation_id="refreshToken",
    summary="Get a new access token for a refresh token",
    tags=["tokens"],
    request=TokenRefreshRequestSerializer,
    examples=[OpenApiExample("A refresh token", {"refresh": REFRESH}, request_only=True)],
    responses={
        200: success_response("TokenRefreshResponse", AccessTokenSerializer, "A new access token", {"access": ACCESS})
    },
    errors=[
        errors.MissingRequiredFields(details={"fields": ["refresh"]}),
        errors.InvalidRequest("refresh must be text"),
        errors.InvalidToken(),
        *SHARED_ERRORS,
    ],
)
