"""`GET /scoreboard/around/{userId}`: a user and their neighbours on the board."""

from typing import Annotated, Self

from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi.description import describe, query_parameter, success_response
from scoreboard_project.api.paging import WholeNumber
from scoreboard_project.api.shapes import Shape
from scores.api.leaderboard_entry import EXAMPLE_ENTRY, LeaderboardEntry, Rank
from scores.api.user_id_parameter import UNKNOWN_USER, USER_ID
from scores.selectors.users import Around, read_around

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


class AroundView(APIView):
    @describe(
        operation_id="getAround",
        summary="Get a user's neighbours on the board, with exact ranks",
        tags=["scoreboard"],
        parameters=[USER_ID, query_parameter(RADIUS)],
        responses={200: success_response("AroundResponse", "The rows around the user", EXAMPLE)},
        errors=[RADIUS.error(), UNKNOWN_USER],
    )
    def get(self, request: Request, user_id: str) -> Response:
        """The user's row and up to `radius` rows above and below it."""
        radius = RADIUS.read(request.GET)
        return Response(success(AroundOutput.of(read_around(user_id=user_id, radius=radius))))
