"""What anyone may know about one player."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api.envelope import success
from scoreboard_project.api.query_params import read_whole_number
from scores.api import player_api_schema
from scores.api.player_serializers import around_body, daily_body, player_body
from scores.selectors.users import list_daily_sums, read_around, read_player

DEFAULT_RADIUS = 5
MAX_RADIUS = 50
DEFAULT_DAYS = 90
MAX_DAYS = 365


class PlayerView(APIView):
    """Score, true rank and percentile."""

    @player_api_schema.player
    def get(self, request: Request, user_id: str) -> Response:
        """The player's `UserScore`."""
        return Response(success(player_body(read_player(user_id))))


class AroundView(APIView):
    """A player among the neighbours."""

    @player_api_schema.around
    def get(self, request: Request, user_id: str) -> Response:
        """The rows around the player."""
        radius = read_whole_number(request.GET, "radius", default=DEFAULT_RADIUS, minimum=1, maximum=MAX_RADIUS)
        return Response(success(around_body(read_around(user_id=user_id, radius=radius))))


class DailyView(APIView):
    """Sums per UTC day; single events stay private."""

    @player_api_schema.daily
    def get(self, request: Request, user_id: str) -> Response:
        """The player's days, oldest first."""
        days = read_whole_number(request.GET, "days", default=DEFAULT_DAYS, minimum=1, maximum=MAX_DAYS)
        sums = list_daily_sums(user_id=user_id, days=days, today=timezone.now().date())
        return Response(success(daily_body(user_id, sums)))
