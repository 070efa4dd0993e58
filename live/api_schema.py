"""The OpenAPI description of the ticket endpoint."""

from typing import Any

from rest_framework import serializers

from live.tickets import TICKET_SECONDS
from scoreboard_project.api import errors
from scoreboard_project.api.api_schema import describe, success_response


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
