"""`GET /users/{userId}/scores/daily`: sums per UTC day. Single events stay private."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Self

from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request

from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.openapi.description import describe, query_parameter, success_response
from scoreboard_project.api.paging import WholeNumber
from scoreboard_project.api.shapes import Shape
from scoreboard_project.runtime.flows.flow import Flow
from scores.api.leaderboard_entry import EXAMPLE_MOMENT
from scores.api.user_id_parameter import UNKNOWN_USER, USER_ID
from scores.selectors.users import DaySum, list_daily_sums

DAYS = WholeNumber("days", "How many days, ending today.", default=90, minimum=1, maximum=365)


class DayOutput(Shape):
    """A user's points and number of actions on one UTC day."""

    date: date
    score: Annotated[int, Meta(description="By how much the score changed, reversals and opening balances included.")]
    actions: Annotated[
        int, Meta(ge=0, description="The number of the user's own actions, counted like `totalActions`.")
    ]


class DailyOutput(Shape):
    """Sums per UTC day, oldest first."""

    user_id: str
    days: list[DayOutput]

    @classmethod
    def of(cls, user_id: str, sums: Sequence[DaySum]) -> Self:
        return cls(user_id, [DayOutput(each.day, each.score, each.actions) for each in sums])


EXAMPLE = DailyOutput("user123", [DayOutput(EXAMPLE_MOMENT.date(), 450, 3)])


def get_daily_sums(call: Call) -> Flow[Reply]:
    """The user's days, oldest first. Days without actions are zero."""
    user_id, days = call.parameters["user_id"], DAYS.read(call.query)
    sums = yield from list_daily_sums(user_id=user_id, days=days, today=datetime.now(UTC).date())
    return Reply.success(DailyOutput.of(user_id, sums))


class DailyView(EndpointView):
    endpoints: ClassVar = {"GET": get_daily_sums}

    @describe(
        operation_id="getDailySums",
        summary="Get a user's points and actions for each UTC day",
        tags=["players"],
        parameters=[USER_ID, query_parameter(DAYS)],
        responses={200: success_response("DailyResponse", "The days, oldest first", EXAMPLE)},
        errors=[DAYS.error(), UNKNOWN_USER],
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)
