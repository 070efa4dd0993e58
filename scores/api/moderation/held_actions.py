"""`GET /held-actions`, `POST /held-actions/approve` and `/reject`: actions that wait for a moderator."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request

from scoreboard_project.api import errors
from scoreboard_project.api.calls import Call
from scoreboard_project.api.openapi.description import BEARER, describe, query_parameter, success_response
from scoreboard_project.api.shapes import Body, Moment, Shape, read_body
from scoreboard_project.tokens.claims.token_claims import UserId
from scores.api.moderation.lists import HELD_EXAMPLE, HELD_FILTERS, PAGING, list_of_held_actions
from scores.api.moderation.reversals import MAX_MODERATION_BYTES, UNKNOWN_ACTION_TYPE, ActionIds, Code, utc
from scores.api.moderation.view import MODERATOR_ERRORS, NOT_A_MODERATOR, ModerationView, Reason
from scores.api.score_update import EXAMPLE_ACTION_ID
from scores.api.user_id_parameter import UNKNOWN_USER
from scores.trust.quarantine import Decision, HeldSelection, approve_held, preview_decision, reject_held

Decide = Callable[..., Decision]


class HeldActionsInput(Body):
    """Which held actions: those that meet all that is given, at least one of `actionIds`, `userId`, `actionType`."""

    reason: Reason
    action_ids: ActionIds | None = None
    user_id: UserId | None = None
    action_type: Code | None = None
    since: Moment | None = None
    until: Moment | None = None
    dry_run: bool = False

    def selection(self) -> HeldSelection:
        """Raises InvalidRequest."""
        return HeldSelection(self.action_ids, self.user_id, self.action_type, utc(self.since), utc(self.until))


class HeldActionsOutput(Shape):
    """How many actions were decided about, or with `dryRun` would be."""

    actions: Annotated[int, Meta(ge=0)]
    points: Annotated[int, Meta(description="What they are worth together.")]
    refused: Annotated[int, Meta(ge=0, description="How many wait again: they would take a score out of its range.")]
    already_decided: Annotated[int, Meta(ge=0, description="How many others were chosen that had been decided about.")]


EXAMPLE = HeldActionsOutput(12, 12000, 0, 3)


def _deciding(decide: Decide) -> Callable[[Call], HeldActionsOutput]:
    def act(call: Call) -> HeldActionsOutput:
        sent = read_body(call.json(most_bytes=MAX_MODERATION_BYTES), HeldActionsInput)
        chosen = sent.selection()
        chosen.check()
        found = preview_decision(chosen) if sent.dry_run else decide(chosen, reason=sent.reason)
        return HeldActionsOutput(found.actions, found.points, found.refused, found.already_decided)

    return act


def _described(operation_id: str, summary: str, description: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return describe(
        operation_id=operation_id,
        summary=summary,
        description=f"Needs the scope `scores:moderate`. {description}",
        tags=["moderation"],
        auth=BEARER,
        request=HeldActionsInput,
        responses={200: success_response("HeldActionsResponse", "It is decided", EXAMPLE)},
        errors=[
            *MODERATOR_ERRORS,
            errors.InvalidRequest("Choose by actionIds, userId or actionType"),
            UNKNOWN_ACTION_TYPE,
            UNKNOWN_USER,
            errors.NotFound("There are no such held actions", details={"actionIds": [EXAMPLE_ACTION_ID], "missing": 1}),
        ],
    )


class HeldActionsView(ModerationView):
    acts: ClassVar = {"GET": list_of_held_actions}

    @describe(
        operation_id="listHeldActions",
        summary="List held actions",
        description=(
            "Needs the scope `scores:moderate`. The queue, oldest first; or with `status` what was approved or "
            "rejected, newest first."
        ),
        tags=["moderation"],
        auth=BEARER,
        parameters=[
            *(each.described() for each in HELD_FILTERS.values()),
            query_parameter(PAGING.limit),
            query_parameter(PAGING.offset),
        ],
        responses={200: success_response("HeldActionListResponse", "A page of held actions", HELD_EXAMPLE)},
        errors=[PAGING.limit.error(), UNKNOWN_ACTION_TYPE, UNKNOWN_USER, *NOT_A_MODERATOR],
    )
    def get(self, request: Request) -> HttpResponse:
        return self.reply(request)


class ApproveHeldView(ModerationView):
    acts: ClassVar = {"POST": _deciding(approve_held)}
    max_body_bytes = MAX_MODERATION_BYTES

    @_described(
        "approveHeldActions",
        "Let held actions count",
        "They count in the order in which they were reported, with the value that they had then.",
    )
    def post(self, request: Request) -> HttpResponse:
        return self.reply(request)


class RejectHeldView(ModerationView):
    acts: ClassVar = {"POST": _deciding(reject_held)}
    max_body_bytes = MAX_MODERATION_BYTES

    @_described("rejectHeldActions", "Let held actions never count", "This cannot be undone: award points instead.")
    def post(self, request: Request) -> HttpResponse:
        return self.reply(request)
