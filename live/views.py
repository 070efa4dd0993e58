"""The live app's one REST endpoint."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from live import api_schema
from live.tickets import TICKET_SECONDS, issue_ticket
from scoreboard_project.api.authentication import BearerAuthentication, IsBearer, bearer_of
from scoreboard_project.api.envelope import success


class LiveTicketView(APIView):
    """A single-use ticket for the websocket's address."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsBearer,)

    @api_schema.live_ticket
    def post(self, request: Request) -> Response:
        """Trade the token for a ticket."""
        ticket = issue_ticket(bearer_of(request))
        return Response(success({"ticket": ticket, "expiresIn": TICKET_SECONDS}), headers={"Cache-Control": "no-store"})
