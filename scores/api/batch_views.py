"""Batch writes for game servers."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api.envelope import success
from scoreboard_project.limits.client_address import client_address
from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, check_rate
from scoreboard_project.limits.user_agent import user_agent_of
from scoreboard_project.tokens.authentication import BearerAuthentication, HasScope, bearer_of
from scoreboard_project.tokens.principal import Scope
from scores.api import player_api_schema
from scores.api.batch import apply_batch, read_batch

MAX_BATCH_BYTES = 4 * 1024 * 1024


class ScoreBatchView(APIView):
    """Up to a thousand actions of any users, by a trusted server."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (HasScope.of(Scope.WRITE_ANY),)
    max_body_bytes = MAX_BATCH_BYTES

    @player_api_schema.score_batch
    def post(self, request: Request) -> Response:
        """Apply the actions once each, however often they are sent."""
        check_rate("batches", bearer_of(request).user_id, settings.BATCH_CALLS_PER_MINUTE, SECONDS_PER_MINUTE)
        items = read_batch(request.data)
        answers = apply_batch(items, ip_address=client_address(request.META), user_agent=user_agent_of(request.headers))
        return Response(success({"results": answers}))
