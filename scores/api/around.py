"""`GET /scoreboard/around/{userId}`: a user and their neighbours on the board."""

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
from scores.api.leaderboard_entry import EXAMPLE_ENTRY, LeaderboardEntry, Rank
from scores.api.user_id_parameter import UNKNOWN_USER, USER_ID
from scores.selectors.users import Around, AroundOf

RADIUS = WholeNumber("radius", "How many neighbours on each side.", default=5, minimum=1, maximum=50)


class AroundOutput(Shape):
    """A user and their neighbours on the board."""

    user_id: str
    rank: Rank
    total: Annotated[int, Meta(ge=1)]
    radius: Annotated[int, Meta(ge=1)]
    leaderboard: list[LeaderboardEntry]

    @classmethod
    def of(cls, around: Around) -> Self:
        rows = [LeaderboardEntry.of(rank, row) for rank, row in enumerate(around.rows, around.first_rank)]
        return cls(around.user_id, around.rank, around.total, around.radius, rows)


EXAMPLE = AroundOutput("user123", 1, 50_000, RADIUS.default, [EXAMPLE_ENTRY])


def get_around(call: Call) -> Flow[Reply]:
    """The user's row and up to `radius` rows above and below it."""
    around = yield from AroundOf(call.parameters["user_id"], RADIUS.read(call.query))
    return Reply.success(AroundOutput.of(around))


class AroundView(EndpointView):
    endpoints: ClassVar = {"GET": get_around}

    @describe(
        operation_id="getAround",
        summary="Get a user's neighbours on the board, with exact ranks",
        tags=["scoreboard"],
        parameters=[USER_ID, query_parameter(RADIUS)],
        responses={200: success_response("AroundResponse", "The rows around the user", EXAMPLE)},
        errors=[RADIUS.error(), UNKNOWN_USER],
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)
