"""`GET /action-types`: what games may report, and what each action is worth now."""

from typing import ClassVar, Self

from django.http import HttpResponse
from rest_framework.request import Request

from action_types.selectors import ActionTypeRow, ActiveActionTypes
from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.openapi.description import describe, success_response
from scoreboard_project.api.shapes import Shape
from scoreboard_project.runtime.flows.flow import Flow


class ActionTypeConfig(Shape):
    """An action type that games may report, and its current value."""

    action_type: str
    score_value: int
    description: str
    category: str
    is_active: bool

    @classmethod
    def of(cls, kind: ActionTypeRow) -> Self:
        return cls(kind.action_type, kind.score_value, kind.description, kind.category, is_active=True)


class ActionTypesOutput(Shape):
    """The active action types, by code."""

    action_types: list[ActionTypeConfig]


EXAMPLE = ActionTypesOutput([ActionTypeConfig("LEVEL_COMPLETE", 150, "Complete a game level", "gameplay", True)])


def list_action_types(call: Call) -> Flow[Reply]:
    kinds = yield from ActiveActionTypes()
    return Reply.success(ActionTypesOutput([ActionTypeConfig.of(kind) for kind in kinds]))


class ActionTypesView(EndpointView):
    """The active action types."""

    endpoints: ClassVar = {"GET": list_action_types}

    @describe(
        operation_id="listActionTypes",
        summary="List the actions that games may report, with their current values",
        tags=["action types"],
        responses={200: success_response("ActionTypesResponse", "The active action types", EXAMPLE)},
        errors=[],
    )
    def get(self, request: Request) -> HttpResponse:
        return self.reply(request)
