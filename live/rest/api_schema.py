"""The OpenAPI description of the credentials for the websocket."""

from typing import Any

from rest_framework import serializers

from live.rest.tickets import TICKET_SECONDS
from live.rest.viewer_token import VIEWER_TOKEN_SECONDS
from scoreboard_project.api import errors
from scoreboard_project.api.openapi import describe, success_response


class LiveTicketSerializer(serializers.Serializer[Any]):
    """A single-use ticket."""

    ticket = serializers.CharField()
    expiresIn = serializers.IntegerField(help_text="Seconds.")  # noqa: N815 - the contract's


live_ticket = describe(
    operation_id="createLiveTicket",
    summary="Trade the token for a single-use websocket ticket",
    description="For browsers, which cannot send headers with a websocket: `/ws/v1/scoreboard/live?ticket=…`.",
    tags=["live"],
    request=None,
    responses={
        200: success_response(
            "LiveTicketResponse",
            LiveTicketSerializer,
            "A ticket",
            {"ticket": "4fJc0n0cJmFJ1bXHqGJ3m0iS0H3Uo0mN", "expiresIn": TICKET_SECONDS},
        )
    },
    errors=[errors.InvalidToken(), errors.CacheUnavailable()],
)


class ViewerTokenSerializer(serializers.Serializer[Any]):
    """A token that may only look."""

    token = serializers.CharField()
    expiresIn = serializers.IntegerField(help_text="Seconds.")  # noqa: N815 - the contract's


viewer_token = describe(
    operation_id="createViewerToken",
    summary="Get a token that may only watch the live board",
    description=(
        "For pages whose visitors have no account. Each token is a user of its own and lives some minutes. "
        "A server that only verifies tokens of an outside issuer has none: 404."
    ),
    tags=["live"],
    request=None,
    responses={
        200: success_response(
            "ViewerTokenResponse",
            ViewerTokenSerializer,
            "A token",
            {
                "token": "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ1c2VyX2lkIjoidmlld2VyOi4uLiJ9.c2ln",
                "expiresIn": VIEWER_TOKEN_SECONDS,
            },
        )
    },
    errors=[errors.NotFound(), errors.RateLimitExceeded(retry_after=12)],
)
