"""`GET /action-types`: what games may report, and what each action is worth now."""

from typing import Annotated, Any, ClassVar, Self

import msgspec
from django.http import HttpResponse
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request

from action_types.selectors import ActionTypeRow, ActionTypeRules, ActiveActionTypes
from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.openapi.description import describe, success_response
from scoreboard_project.api.shapes import Moment, Shape
from scoreboard_project.runtime.flows.flow import Flow

Limit = Annotated[int, Meta(ge=1)]


class RequiredAction(Shape):
    """An action that the user must have done before, and how often."""

    action_type: str
    count: Limit


class ActionTypeRulesOutput(Shape):
    """What refuses an action of this type, with `ACTION_NOT_ALLOWED`. Only the rules that it has."""

    max_per_minute: Limit | UnsetType = UNSET
    max_per_hour: Limit | UnsetType = UNSET
    max_per_day: Limit | UnsetType = UNSET
    max_ever: Limit | UnsetType = UNSET
    cooldown_seconds: Limit | UnsetType = UNSET
    metadata_schema: dict[str, Any] | UnsetType = UNSET
    server_only: bool | UnsetType = UNSET
    valid_from: Moment | UnsetType = UNSET
    valid_until: Moment | UnsetType = UNSET
    requires: RequiredAction | UnsetType = UNSET

    @classmethod
    def of(cls, kind: ActionTypeRules) -> Self:
        simple = ("max_per_minute", "max_per_hour", "max_per_day", "max_ever", "cooldown_seconds", "server_only")
        found: dict[str, Any] = {
            name: value for name in (*simple, "valid_from", "valid_until") if (value := getattr(kind, name))
        }
        if kind.metadata_schema is not None:
            found["metadata_schema"] = msgspec.json.decode(kind.metadata_schema)
        if kind.requires_action_type is not None and kind.requires_count is not None:
            found["requires"] = RequiredAction(kind.requires_action_type, kind.requires_count)
        return cls(**found)


class ActionTypeConfig(Shape):
    """An action type that games may report, its current value, and its rules if it has any."""

    action_type: str
    score_value: int
    description: str
    category: str
    is_active: bool
    rules: ActionTypeRulesOutput | UnsetType = UNSET

    @classmethod
    def of(cls, kind: ActionTypeRow) -> Self:
        rules = ActionTypeRulesOutput.of(kind)
        # A client learns from the answer to an action that it is held.
        shown = UNSET if rules == ActionTypeRulesOutput() else rules
        return cls(kind.action_type, kind.score_value, kind.description, kind.category, is_active=True, rules=shown)


class ActionTypesOutput(Shape):
    """The active action types, by code."""

    action_types: list[ActionTypeConfig]


EXAMPLE = ActionTypesOutput(
    [
        ActionTypeConfig(
            "DAILY_BONUS", 50, "Daily login bonus", "engagement", True, ActionTypeRulesOutput(max_per_day=1)
        ),
        ActionTypeConfig("LEVEL_COMPLETE", 150, "Complete a game level", "gameplay", True),
    ]
)


def list_action_types(call: Call) -> Flow[Reply]:
    kinds = yield from ActiveActionTypes()
    return Reply.success(ActionTypesOutput([ActionTypeConfig.of(kind) for kind in kinds]))


class ActionTypesView(EndpointView):
    """The active action types."""

    endpoints: ClassVar = {"GET": list_action_types}

    @describe(
        operation_id="listActionTypes",
        summary="List the actions that games may report, with their current values and rules",
        tags=["action types"],
        responses={200: success_response("ActionTypesResponse", "The active action types", EXAMPLE)},
        errors=[],
    )
    def get(self, request: Request) -> HttpResponse:
        return self.reply(request)
