"""`POST /live/viewer-token`: a token for a page that shows the board.

It has its own user id and a short lifetime, and it can only watch.
"""

import uuid
from typing import Annotated

from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api import errors
from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi.description import describe, success_response
from scoreboard_project.api.shapes import Shape
from scoreboard_project.limits.credential_limit import check_credential_rate
from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.tokens import issue_access_token

VIEWER_PREFIX = "viewer:"
VIEWER_TOKEN_SECONDS = 600


class ViewerTokenOutput(Shape):
    """A token that can only watch."""

    token: str
    expires_in: Annotated[int, Meta(description="Seconds.")]


EXAMPLE = ViewerTokenOutput(
    "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ1c2VyX2lkIjoidmlld2VyOi4uLiJ9.c2ln", VIEWER_TOKEN_SECONDS
)


class ViewerTokenView(APIView):
    @describe(
        operation_id="createViewerToken",
        summary="Get a token that can only watch the live board",
        description=(
            "For pages whose visitors have no account. Each token has its own user id and expires after some minutes. "
            "A server that only verifies tokens of an outside issuer cannot issue one and answers 404."
        ),
        tags=["live"],
        request=None,
        responses={200: success_response("ViewerTokenResponse", "A token", EXAMPLE)},
        errors=[errors.NotFound(), errors.RateLimitExceeded(retry_after=12)],
    )
    def post(self, request: Request) -> Response:
        check_credential_rate(request.META, group="viewers")
        token = ViewerTokenOutput(issue_viewer_token(), VIEWER_TOKEN_SECONDS)
        return Response(success(token), headers={"Cache-Control": "no-store"})


def issue_viewer_token() -> str:
    """Issue a token with its own user id, so that each page counts as one user.

    Raises NotFound on a server that only verifies tokens; the page then polls.
    """
    return issue_access_token(
        user_id=f"{VIEWER_PREFIX}{uuid.uuid4()}",
        username="Viewer",
        scopes=[Scope.VIEW_LIVE],
        lifetime=VIEWER_TOKEN_SECONDS,
    )
