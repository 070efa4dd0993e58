"""`POST /auth/token`: exchanges a Django user's name and password for a pair of tokens."""

from typing import Annotated

from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api import errors
from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi.description import describe, request_example, success_response
from scoreboard_project.api.shapes import Body, Shape, any_text, read_body, well_formed_text
from scoreboard_project.api.usernames import readable_username
from scoreboard_project.limits.credential_limit import (
    MAX_ACCOUNT_LENGTH,
    TOKENS,
    check_account_rate,
    check_credential_rate,
    note_login,
)
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.tokens.claims.rsa_backend import ISSUED_ELSEWHERE
from scoreboard_project.tokens.principal import scope_permissions
from scoreboard_project.tokens.refresh_families import UnspentToken, begin_family
from scoreboard_project.tokens.token_state import Banned, check_not_banned, refresh_state
from scoreboard_project.tokens.tokens import (
    issue_access_token,
    issue_refresh_token,
    require_private_key,
)

MAX_PASSWORD_LENGTH = 4096
NEVER_STORED = {"Cache-Control": "no-store"}

EXAMPLE_ACCESS = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ1c2VyX2lkIjoiNyJ9.c2lnbmF0dXJl"
EXAMPLE_REFRESH = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl"
SHARED_ERRORS = [
    Banned(),
    errors.PayloadTooLarge(),
    errors.UnsupportedMediaType(),
    errors.NotFound(ISSUED_ELSEWHERE),
    errors.RateLimitExceeded(retry_after=12),
]


class TokenInput(Body):
    """A user of the Django admin."""

    username: Annotated[str, well_formed_text(MAX_ACCOUNT_LENGTH)]
    password: Annotated[str, any_text(1, MAX_PASSWORD_LENGTH)]


class TokenPairOutput(Shape):
    """An access token for the API, and a refresh token for the next one."""

    access: str
    refresh: str


EXAMPLE_PAIR = TokenPairOutput(EXAMPLE_ACCESS, EXAMPLE_REFRESH)


class TokenView(APIView):
    @describe(
        operation_id="createToken",
        summary="Get tokens for a username and a password",
        description=(
            "The access token's scopes follow the user's permissions: viewing score events gives `scores:read:any`, "
            "adding them `scores:write:any`, and changing user scores `scores:moderate`."
        ),
        tags=["tokens"],
        request=TokenInput,
        examples=[request_example("A user", TokenInput("operator", "correct horse battery"))],
        responses={200: success_response("TokenResponse", "A pair of tokens", EXAMPLE_PAIR)},
        errors=[
            errors.MissingRequiredFields(details={"fields": ["password"]}),
            errors.InvalidRequest("username must be text"),
            errors.InvalidToken("The username or the password is wrong"),
            *SHARED_ERRORS,
        ],
    )
    def post(self, request: Request) -> Response:
        """Raises the same InvalidToken for an unknown or inactive user and a wrong password, and Banned after that."""
        run(refresh_state())
        require_private_key()
        check_credential_rate(request.META)
        sent = read_body(request.data, TokenInput)
        check_account_rate(TOKENS, sent.username)
        user = authenticate(request._request, username=sent.username, password=sent.password)
        if not isinstance(user, AbstractUser):
            raise errors.InvalidToken("The username or the password is wrong")
        note_login(TOKENS, sent.username)
        run(check_not_banned(str(user.pk)))
        unspent = begin_family(user_id=str(user.pk), auth_hash=user.get_session_auth_hash())
        return Response(success(pair_of(user, unspent)), headers=NEVER_STORED)


def pair_of(user: AbstractUser, unspent: UnspentToken) -> TokenPairOutput:
    """The refresh token, and an access token whose scopes follow the user's permissions."""
    scopes = [scope for scope, permission in scope_permissions().items() if user.has_perm(permission)]
    username = readable_username(user.get_username(), user_id=str(user.pk))
    return TokenPairOutput(
        access=issue_access_token(user_id=str(user.pk), username=username, scopes=scopes),
        refresh=issue_refresh_token(unspent.claims, issued_at=unspent.issued_at),
    )
