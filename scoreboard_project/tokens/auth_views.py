"""Tokens for Django's users: a password for a pair, a refresh token for the next access token."""

from typing import Any

from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import AbstractUser
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api.envelope import success
from scoreboard_project.api.errors import InvalidToken
from scoreboard_project.limits.credential_limit import check_credential_rate
from scoreboard_project.tokens import auth_schema
from scoreboard_project.tokens.auth_serializers import read_credentials, read_refresh_token
from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.token_claims import MAX_USERNAME_LENGTH
from scoreboard_project.tokens.tokens import (
    issue_access_token,
    issue_refresh_token,
    require_private_key,
    verify_refresh_token,
)

PERMISSION_OF_SCOPE = {
    Scope.READ_ANY: "scores.view_scoreevent",
    Scope.WRITE_ANY: "scores.add_scoreevent",
}


class TokenView(APIView):
    """A username and a password for an access and a refresh token."""

    @auth_schema.token
    def post(self, request: Request) -> Response:
        """Raises InvalidToken for an unknown user, a wrong password and an inactive user alike."""
        require_private_key()
        check_credential_rate(request.META)
        username, password = read_credentials(request.data)
        user = authenticate(request._request, username=username, password=password)
        if not isinstance(user, AbstractUser):
            raise InvalidToken("The username or the password is wrong")
        refresh = issue_refresh_token(user_id=str(user.pk), auth_hash=user.get_session_auth_hash())
        return _never_stored({"access": _access_token(user), "refresh": refresh})


class TokenRefreshView(APIView):
    """A refresh token for a new access token."""

    @auth_schema.token_refresh
    def post(self, request: Request) -> Response:
        """Raises InvalidToken, also when the user is gone, inactive, or has another password now."""
        require_private_key()
        check_credential_rate(request.META)
        claims = verify_refresh_token(read_refresh_token(request.data))
        user = _find_active_user(claims["user_id"])
        if user is None or not constant_time_compare(str(claims.get("auth_hash")), user.get_session_auth_hash()):
            raise InvalidToken
        return _never_stored({"access": _access_token(user)})


def _find_active_user(user_id: str) -> AbstractUser | None:
    if not (user_id.isascii() and user_id.isdigit()):
        return None
    user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    return user if isinstance(user, AbstractUser) else None


def _access_token(user: AbstractUser) -> str:
    scopes = [scope for scope, permission in PERMISSION_OF_SCOPE.items() if user.has_perm(permission)]
    return issue_access_token(user_id=str(user.pk), username=user.get_username()[:MAX_USERNAME_LENGTH], scopes=scopes)


def _never_stored(data: dict[str, Any]) -> Response:
    return Response(success(data), headers={"Cache-Control": "no-store"})
