"""What the endpoints of moderators share: the scope, the actor for the audit, and the reason."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from scoreboard_project.api import errors
from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView, call_of, response_of
from scoreboard_project.api.shapes import Body, Shape, well_formed_text
from scoreboard_project.audit.actor import acting_as, token_actor
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.tokens.bearer import bearer_with_scope
from scoreboard_project.tokens.principal import Scope

LONGEST_REASON = 500
Reason = Annotated[
    str, well_formed_text(LONGEST_REASON, description="Why. Moderators read it, and the audit keeps it. Users do not.")
]
Act = Callable[[Call], Shape]
NOT_A_MODERATOR = [
    errors.InvalidToken(),
    errors.PermissionDenied(f"This needs a token with the scope {Scope.MODERATE}"),
]
MODERATOR_ERRORS = [
    errors.MissingRequiredFields(details={"fields": ["reason"]}),
    errors.InvalidRequest(f"reason must be text of 1 to {LONGEST_REASON} characters without control characters"),
    *NOT_A_MODERATOR,
    errors.PayloadTooLarge(),
    errors.UnsupportedMediaType(),
]


class ReasonInput(Body):
    """Why a moderator does this."""

    reason: Reason


class ModerationView(EndpointView):
    """It acts in a thread, never in the event loop of the fast path: moderators wait, games do not."""

    endpoints: ClassVar[Mapping[str, Any]] = {}
    # By method: each reads the call, acts, and returns what to answer.
    acts: ClassVar[Mapping[str, Act]] = {}

    def reply(self, request: Request, **parameters: Any) -> HttpResponse:  # noqa: ANN401 - of the address
        call = call_of(request._request, parameters, most_body_bytes=self.most_body_bytes())
        principal = run(bearer_with_scope(call, Scope.MODERATE))
        with acting_as(lambda: token_actor(call, principal.user_id)):
            return response_of(
                Reply.success(self.acts["GET" if request.method == "HEAD" else str(request.method)](call))
            )
