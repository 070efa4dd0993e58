"""`POST /auth/token/refresh`: exchanges a refresh token, once, for a new pair of tokens."""

import logging
from typing import Annotated

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api import errors
from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi.description import describe, request_example, success_response
from scoreboard_project.api.shapes import Body, any_text, read_body
from scoreboard_project.limits.credential_limit import check_credential_rate
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.tokens.api.token import (
    EXAMPLE_PAIR,
    EXAMPLE_REFRESH,
    NEVER_STORED,
    SHARED_ERRORS,
    TokenPairOutput,
    pair_of,
)
from scoreboard_project.tokens.claims.token_claims import RefreshClaims
from scoreboard_project.tokens.refresh_families import spend
from scoreboard_project.tokens.token_state import check_not_banned, refresh_state
from scoreboard_project.tokens.tokens import require_private_key, verify_refresh_token

log = logging.getLogger("scoreboard.tokens")


class TokenRefreshInput(Body):
    """A refresh token that was issued here."""

    refresh: Annotated[str, any_text()]


class TokenRefreshView(APIView):
    @describe(
        operation_id="refreshToken",
        summary="Trade a refresh token for a new pair of tokens",
        description=(
            "A refresh token can be used once: keep the new one. If the answer was lost, repeat the call at once: the "
            "same refresh token is answered again for a few seconds. Using a spent one after that looks like theft, "
            "and ends every token of this login."
        ),
        tags=["tokens"],
        request=TokenRefreshInput,
        examples=[request_example("A refresh token", TokenRefreshInput(EXAMPLE_REFRESH))],
        responses={200: success_response("TokenRefreshResponse", "A new pair of tokens", EXAMPLE_PAIR)},
        errors=[
            errors.MissingRequiredFields(details={"fields": ["refresh"]}),
            errors.InvalidRequest("refresh must be text"),
            errors.InvalidToken(),
            *SHARED_ERRORS,
        ],
    )
    def post(self, request: Request) -> Response:
        """A refresh token no longer works once its user is deleted, inactive or banned, or has a new password."""
        run(refresh_state())
        require_private_key()
        check_credential_rate(request.META)
        claims = verify_refresh_token(read_body(request.data, TokenRefreshInput).refresh)
        user = _find_active_user(claims.user_id)
        if user is None or not constant_time_compare(claims.auth_hash, user.get_session_auth_hash()):
            raise errors.InvalidToken
        run(check_not_banned(claims.user_id))
        return Response(success(_exchange(claims, user)), headers=NEVER_STORED)


def _exchange(claims: RefreshClaims, user: AbstractUser) -> TokenPairOutput:
    """Raises InvalidToken for a token that was spent, after its family was ended for good."""
    with transaction.atomic():
        unspent = spend(claims)
        pair = pair_of(user, unspent) if unspent else None
    if pair is None:
        log.warning("A refresh token of a login that has ended was refused", extra={"userId": claims.user_id})
        raise errors.InvalidToken("The refresh token was used before, or revoked. Log in again")
    return pair


def _find_active_user(user_id: str) -> AbstractUser | None:
    if not (user_id.isascii() and user_id.isdigit()):
        return None
    user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    return user if isinstance(user, AbstractUser) else None
