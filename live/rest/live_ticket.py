"""`POST /live/ticket`: exchange a token for a single-use ticket. Browsers cannot send headers with a websocket."""

from typing import Annotated, ClassVar

from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request

from live.rest.tickets import TICKET_SECONDS, issue_ticket
from scoreboard_project.api import errors
from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.openapi.description import BEARER, describe, success_response
from scoreboard_project.api.shapes import Shape
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.tokens.bearer import bearer_of


class LiveTicketOutput(Shape):
    """A single-use ticket."""

    ticket: str
    expires_in: Annotated[int, Meta(description="Seconds.")]


EXAMPLE = LiveTicketOutput("4fJc0n0cJmFJ1bXHqGJ3m0iS0H3Uo0mN", TICKET_SECONDS)


def create_live_ticket(call: Call) -> Flow[Reply]:
    principal = yield from bearer_of(call)
    ticket = yield from issue_ticket(principal)
    return Reply.success(LiveTicketOutput(ticket, TICKET_SECONDS), (b"cache-control", b"no-store"))


class LiveTicketView(EndpointView):
    endpoints: ClassVar = {"POST": create_live_ticket}

    @describe(
        operation_id="createLiveTicket",
        summary="Trade the token for a single-use websocket ticket",
        description="For browsers, which cannot send headers with a websocket: `/ws/v1/scoreboard/live?ticket=…`.",
        tags=["live"],
        auth=BEARER,
        request=None,
        responses={200: success_response("LiveTicketResponse", "A ticket", EXAMPLE)},
        errors=[errors.InvalidToken(), errors.CacheUnavailable()],
    )
    def post(self, request: Request) -> HttpResponse:
        return self.reply(request)
