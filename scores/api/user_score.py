"""`GET /users/{userId}/scores`: a user's score, exact rank and percentile."""

from typing import Annotated, ClassVar, Self

from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request

from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.openapi.description import describe, success_response
from scoreboard_project.api.shapes import Double, Moment, Shape
from scoreboard_project.runtime.flows.flow import Flow
from scores.api.leaderboard_entry import EXAMPLE_MOMENT, Rank, Score
from scores.api.user_id_parameter import UNKNOWN_USER, USER_ID
from scores.selectors.users import StandingOf, UserStanding

TotalActions = Annotated[
    int,
    Meta(
        ge=0,
        description=(
            "The number of the user's own actions, reported by games or imported. An action that was reversed still "
            "counts. Reversals and opening balances are not actions of the user and do not count."
        ),
    ),
]


class PlayerOutput(Shape):
    """`UserScore` of the specification."""

    user_id: str
    username: str
    score: Score
    rank: Rank
    last_updated: Moment
    total_actions: TotalActions
    average_score_per_action: Annotated[
        Double, Meta(description="`score` divided by `totalActions`, to two decimals; 0 without actions.")
    ]
    percentile: Annotated[
        Double, Meta(description="The percentage of users at this user's rank or below; 100 for the first.")
    ]
    total_players: Annotated[int, Meta(ge=1)]

    @classmethod
    def of(cls, standing: UserStanding) -> Self:
        return cls(
            user_id=standing.user_id,
            username=standing.username,
            score=standing.score,
            rank=standing.rank,
            last_updated=standing.last_updated,
            total_actions=standing.total_actions,
            average_score_per_action=standing.average_score_per_action,
            percentile=standing.percentile,
            total_players=standing.total,
        )


EXAMPLE = PlayerOutput("user123", "player1", 15420, 1, EXAMPLE_MOMENT, 103, 149.71, 100.0, 50_000)


def get_player(call: Call) -> Flow[Reply]:
    """The user's standing: score, exact rank, percentile and number of actions."""
    standing = yield from StandingOf(call.parameters["user_id"])
    return Reply.success(PlayerOutput.of(standing))


class UserScoreView(EndpointView):
    endpoints: ClassVar = {"GET": get_player}

    @describe(
        operation_id="getPlayer",
        summary="Get a user's score, rank and percentile",
        tags=["players"],
        parameters=[USER_ID],
        responses={200: success_response("PlayerResponse", "The standing", EXAMPLE)},
        errors=[UNKNOWN_USER],
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)
