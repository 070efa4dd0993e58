"""The REST side of live boards: credentials for the websocket."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from live.rest import api_schema
from live.rest.tickets import TICKET_SECONDS, issue_ticket
from live.rest.viewer_token import VIEWER_TOKEN_SECONDS, issue_viewer_token
from scoreboard_project.api.envelope import success
from scoreboard_project.limits.credential_limit import check_credential_rate
from scoreboard_project.tokens.authentication import BearerAuthentication, IsBearer, bearer_of

NOT_TO_BE_KEPT = {"Cache-Control": "no-store"}


class LiveTicketView(APIView):
    """A single-use ticket for the websocket's address."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsBearer,)

    @api_schema.live_ticket
    def post(self, request: Request) -> Response:
        """Trade the token for a ticket."""
        ticket = issue_ticket(bearer_of(request))
        return Response(success({"ticket": ticket, "expiresIn": TICKET_SECONDS}), headers=NOT_TO_BE_KEPT)


class ViewerTokenView(APIView):
    """A page's own token: whoever looks at the board needs no account."""

    @api_schema.viewer_token
    def post(self, request: Request) -> Response:
        """A token that may only look."""
        check_credential_rate(request.META, group="viewers")
        token = issue_viewer_token()
        return Response(success({"token": token, "expiresIn": VIEWER_TOKEN_SECONDS}), headers=NOT_TO_BE_KEPT)
