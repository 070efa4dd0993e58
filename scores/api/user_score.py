"""`GET /users/{userId}/scores`: where a user stands."""

from typing import Annotated, Self

from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi import describe, success_response
from scoreboard_project.api.shapes import Double, Moment, Shape
from scores.api.leaderboard_entry import EXAMPLE_MOMENT, Rank, Score
from scores.api.user_id_parameter import UNKNOWN_USER, USER_ID
from scores.selectors.users import PlayerStanding, read_player


class PlayerOutput(Shape):
    """`UserScore` of the specification."""

    user_id: str
    username: str
    score: Score
    rank: Rank
    last_updated: Moment
    total_actions: Annotated[int, Meta(ge=0)]
    average_score_per_action: Double
    percentile: Annotated[
        Double, Meta(description="The share of players, in percent, that this one is not behind; the first has 100.")
    ]
    total_players: Annotated[int, Meta(ge=1)]

    @classmethod
    def of(cls, player: PlayerStanding) -> Self:
        return cls(
            user_id=player.user_id,
            username=player.username,
            score=player.score,
            rank=player.rank,
            last_updated=player.last_updated,
            total_actions=player.total_actions,
            average_score_per_action=player.average_score_per_action,
            percentile=player.percentile,
            total_players=player.total,
        )


EXAMPLE = PlayerOutput("user123", "player1", 15420, 1, EXAMPLE_MOMENT, 103, 149.71, 100.0, 50_000)


class UserScoreView(APIView):
    """Score, true rank and percentile."""

    @describe(
        operation_id="getPlayer",
        summary="Get a player's score, rank and percentile",
        tags=["players"],
        parameters=[USER_ID],
        responses={200: success_response("PlayerResponse", "The player", EXAMPLE)},
        errors=[UNKNOWN_USER],
    )
    def get(self, request: Request, user_id: str) -> Response:
        """The player's `UserScore`."""
        return Response(success(PlayerOutput.of(read_player(user_id))))
