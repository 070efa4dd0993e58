"""The REST API for games. A view reads the request, calls a service or a selector, and answers."""

from functools import lru_cache

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from action_types.selectors import list_active_action_types
from scoreboard_project.api.envelope import success
from scoreboard_project.api.errors import PermissionDenied
from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.api.query_params import read_page
from scoreboard_project.limits.client_address import client_address
from scoreboard_project.limits.rate_limit import check_score_update_rate
from scoreboard_project.limits.user_agent import user_agent_of
from scoreboard_project.tokens.authentication import BearerAuthentication, IsBearer, IsPlayer, bearer_of
from scoreboard_project.tokens.principal import Scope
from scores.api import api_schema
from scores.api.conditional_body import conditional_json
from scores.api.idempotency import RequestIdentity, answer_once
from scores.api.serializers import ScoreUpdateInput, action_type_body, board_page_body, history_body
from scores.selectors.boards import BoardPage, list_history, read_board_page
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions

DEFAULT_BOARD_LIMIT = 10
MAX_BOARD_LIMIT = 100
DEFAULT_HISTORY_LIMIT = 50
MAX_HISTORY_LIMIT = 200


class ScoreboardView(APIView):
    """The board, best first."""

    @api_schema.scoreboard
    def get(self, request: Request) -> HttpResponseBase:
        """A page of the board, with ETag and gzip."""
        limit, offset = read_page(request.GET, default_limit=DEFAULT_BOARD_LIMIT, max_limit=MAX_BOARD_LIMIT)
        return conditional_json(request, _encoded_page(read_board_page(limit=limit, offset=offset)))


@lru_cache(maxsize=256)
def _encoded_page(page: BoardPage) -> bytes:
    return encode_json(success(board_page_body(page)))


class ScoreUpdateView(APIView):
    """One action of the token's user."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsPlayer,)

    @api_schema.score_update
    def put(self, request: Request) -> Response:
        """Apply the action once, however often it is sent."""
        principal = bearer_of(request)
        check_score_update_rate(principal.user_id)
        identity = RequestIdentity.of(request)
        sent = ScoreUpdateInput.from_body(request.data)
        action = ScoreAction(
            user_id=principal.user_id,
            username=principal.username,
            request_id=identity.request_id,
            action_type=sent.action_type,
            metadata=sent.metadata,
            ip_address=client_address(request.META),
            user_agent=user_agent_of(request.headers),
        )
        return answer_once(apply_score_actions([action])[0], identity)


class ScoreHistoryView(APIView):
    """A user's score events: one's own, or anyone's with the scope scores:read:any."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsBearer,)

    @api_schema.score_history
    def get(self, request: Request, user_id: str) -> Response:
        """A page of events, newest first."""
        principal = bearer_of(request)
        if principal.user_id != user_id and not principal.may(Scope.READ_ANY):
            raise PermissionDenied("This history belongs to another user")
        limit, offset = read_page(request.GET, default_limit=DEFAULT_HISTORY_LIMIT, max_limit=MAX_HISTORY_LIMIT)
        return Response(success(history_body(list_history(user_id=user_id, limit=limit, offset=offset))))


class ActionTypesView(APIView):
    """What games may report, and what it is worth now."""

    @api_schema.action_types
    def get(self, request: Request) -> Response:
        """The active action types."""
        return Response(
            success({"actionTypes": [action_type_body(action_type) for action_type in list_active_action_types()]})
        )
