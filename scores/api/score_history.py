"""`GET /users/{userId}/scores/history`: a user's score events, for that user or with the scope scores:read:any."""

from typing import Any, ClassVar, Self

from django.http import HttpResponse
from rest_framework.request import Request

from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.errors import InvalidToken, PermissionDenied
from scoreboard_project.api.openapi.description import BEARER, describe, query_parameter, success_response
from scoreboard_project.api.paging import Pagination, Paging
from scoreboard_project.api.shapes import Moment, Shape
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.tokens.bearer import bearer_of
from scoreboard_project.tokens.principal import Scope
from scores.api.leaderboard_entry import EXAMPLE_MOMENT
from scores.api.score_update import EXAMPLE_ACTION_ID
from scores.api.user_id_parameter import UNKNOWN_USER, USER_ID
from scores.selectors.histories import EventRow, HistoryPage, list_history

PAGING = Paging.of(default_limit=50, max_limit=200)
EXAMPLE_EVENT_ID = "event_018d0d2e-5b40-7c52-b5ab-0d5d0e6a3c11"
NOT_YOURS = "This history belongs to another user"


class ScoreEventOutput(Shape):
    """A score event. Its IP address and user agent are never returned."""

    event_id: str
    action_id: str
    action_type: str
    score_increment: int
    timestamp: Moment
    metadata: dict[str, Any]

    @classmethod
    def of(cls, event: EventRow) -> Self:
        return cls(
            event.event_id,
            event.action_id,
            event.action_type,
            event.score_increment,
            event.created_at,
            event.shown_metadata,
        )


class ScoreHistoryOutput(Shape):
    """A page of a user's score events, newest first."""

    user_id: str
    events: list[ScoreEventOutput]
    pagination: Pagination

    @classmethod
    def of(cls, page: HistoryPage) -> Self:
        events = [ScoreEventOutput.of(event) for event in page.events]
        return cls(page.user_id, events, Pagination.of(limit=page.limit, offset=page.offset, total=page.total))


EXAMPLE = ScoreHistoryOutput(
    "user123",
    [
        ScoreEventOutput(
            EXAMPLE_EVENT_ID,
            EXAMPLE_ACTION_ID,
            "LEVEL_COMPLETE",
            150,
            EXAMPLE_MOMENT,
            {"level": 5, "timeCompleted": 45.2},
        )
    ],
    Pagination.of(limit=50, offset=0, total=245),
)


def get_score_history(call: Call) -> Flow[Reply]:
    principal, user_id = (yield from bearer_of(call)), call.parameters["user_id"]
    if principal.user_id != user_id and not principal.may(Scope.READ_ANY):
        raise PermissionDenied(NOT_YOURS)
    limit, offset = PAGING.of_call(call)
    return Reply.success(ScoreHistoryOutput.of((yield from list_history(user_id=user_id, limit=limit, offset=offset))))


class ScoreHistoryView(EndpointView):
    endpoints: ClassVar = {"GET": get_score_history}

    @describe(
        operation_id="getScoreHistory",
        summary="Get a user's score history",
        description=(
            "Your own history, or any user's with the scope `scores:read:any`. Otherwise 403, whether or not the user "
            "exists."
        ),
        tags=["scores"],
        auth=BEARER,
        parameters=[USER_ID, query_parameter(PAGING.limit), query_parameter(PAGING.offset)],
        responses={200: success_response("ScoreHistoryResponse", "A page of score events", EXAMPLE)},
        errors=[PAGING.limit.error(), InvalidToken(), PermissionDenied(NOT_YOURS), UNKNOWN_USER],
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)
