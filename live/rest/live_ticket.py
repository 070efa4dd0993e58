"""`POST /live/ticket`: exchange a token for a single-use ticket. Browsers cannot send headers with a websocket."""

from typing import Annotated

from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from live.rest.tickets import TICKET_SECONDS, issue_ticket
from scoreboard_project.api import errors
from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi.description import describe, success_response
from scoreboard_project.api.shapes import Shape
from scoreboard_project.tokens.authentication import BearerAuthentication, IsBearer, bearer_of


class LiveTicketOutput(Shape):
    """A single-use ticket."""

    ticket: str
    expires_in: Annotated[int, Meta(description="Seconds.")]


EXAMPLE = LiveTicketOutput("4fJc0n0cJmFJ1bXHqGJ3m0iS0H3Uo0mN", TICKET_SECONDS)


class LiveTicketView(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsBearer,)

    @describe(
        operation_id="createLiveTicket",
        summary="Trade the token for a single-use websocket ticket",
        description="For browsers, which cannot send headers with a websocket: `/ws/v1/scoreboard/live?ticket=…`.",
        tags=["live"],
        request=None,
        responses={200: success_response("LiveTicketResponse", "A ticket", EXAMPLE)},
        errors=[errors.InvalidToken(), errors.CacheUnavailable()],
    )
    def post(self, request: Request) -> Response:
        ticket = LiveTicketOutput(issue_ticket(bearer_of(request)), TICKET_SECONDS)
        return Response(success(ticket), headers={"Cache-Control": "no-store"})
