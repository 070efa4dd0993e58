"""`GET /action-types`: what games may report, and what each action is worth now."""

from typing import Self

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from action_types.models import ActionType
from action_types.selectors import list_active_action_types
from scoreboard_project.api.envelope import success
from scoreboard_project.api.openapi.description import describe, success_response
from scoreboard_project.api.shapes import Shape


class ActionTypeConfig(Shape):
    """An action type that games may report, and its current value."""

    action_type: str
    score_value: int
    description: str
    category: str
    is_active: bool

    @classmethod
    def of(cls, kind: ActionType) -> Self:
        return cls(kind.action_type, kind.score_value, kind.description, kind.category, kind.is_active)


class ActionTypesOutput(Shape):
    """The active action types, by code."""

    action_types: list[ActionTypeConfig]


EXAMPLE = ActionTypesOutput([ActionTypeConfig("LEVEL_COMPLETE", 150, "Complete a game level", "gameplay", True)])


class ActionTypesView(APIView):
    """The active action types."""

    @describe(
        operation_id="listActionTypes",
        summary="List the actions that games may report, with their current values",
        tags=["action types"],
        responses={200: success_response("ActionTypesResponse", "The active action types", EXAMPLE)},
        errors=[],
    )
    def get(self, request: Request) -> Response:
        return Response(success(ActionTypesOutput([ActionTypeConfig.of(kind) for kind in list_active_action_types()])))
