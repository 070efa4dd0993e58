"""`GET` and `POST /moderations`, `/moderations/{moderationId}/run` and `/undo`: reverse many events, and undo that."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Self

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request

from action_types.models import MAX_CODE_LENGTH
from scoreboard_project.api import errors
from scoreboard_project.api.calls import Call
from scoreboard_project.api.openapi.description import (
    BEARER,
    describe,
    query_parameter,
    request_example,
    success_response,
)
from scoreboard_project.api.shapes import Body, Moment, Shape, read_body, well_formed_text
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, UserId
from scores.api.leaderboard_entry import EXAMPLE_ENTRY, LeaderboardEntry
from scores.api.moderation.lists import MODERATION_FILTERS, MODERATIONS_EXAMPLE, PAGING, list_of_moderations
from scores.api.moderation.view import MODERATOR_ERRORS, NOT_A_MODERATOR, ModerationView, Reason, ReasonInput
from scores.api.user_id_parameter import UNKNOWN_USER
from scores.models import Moderation
from scores.operations.reversals import ReversalSummary
from scores.trust.moderations import NothingLeft, begin_moderation, find_moderation, run_moderation, undo_moderation
from scores.trust.previews import preview_moderation
from scores.trust.selections import MAX_ACTIONS, Selection

# A thousand action ids of the longest kind.
MAX_MODERATION_BYTES = 1024 * 1024
# So many take half a minute, which is as long as the gateway waits.
MAX_EVENTS_OF_A_CALL = 50_000
MODERATION_ID = OpenApiParameter("moderation_id", {"type": "string"}, OpenApiParameter.PATH)
ActionIds = Annotated[
    list[Annotated[str, well_formed_text(MAX_USER_ID_LENGTH)]],
    Meta(min_length=1, max_length=MAX_ACTIONS, extra={"rule": f"be a list of 1 to {MAX_ACTIONS} action ids"}),
]
Address = Annotated[str, well_formed_text(45)]
Code = Annotated[str, well_formed_text(MAX_CODE_LENGTH)]


class ModerationInput(Body):
    """Which events to reverse: exactly one of `actionIds`, `userId`, `ipAddress` and `actionType`.

    Of an address and an action type only those from `since` on.
    """

    reason: Reason
    action_ids: ActionIds | None = None
    user_id: UserId | None = None
    ip_address: Address | None = None
    action_type: Code | None = None
    since: Moment | None = None
    until: Moment | None = None
    dry_run: bool = False

    def selection(self) -> Selection:
        """Raises InvalidRequest."""
        return Selection(
            self.action_ids, self.user_id, self.ip_address, self.action_type, utc(self.since), utc(self.until)
        )


def utc(moment: datetime | None) -> datetime | None:
    """Raises InvalidRequest at the ends of the calendar."""
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        raise errors.InvalidRequest("since and until must be within the years 1 to 9999") from None


class ModerationOutput(Shape):
    """What was reversed, or with `dryRun` what would be. Without a `moderationId` nothing was changed."""

    events: Annotated[int, Meta(ge=0)]
    points: Annotated[int, Meta(description="By how much all scores together changed.")]
    already_reversed: Annotated[int, Meta(ge=0, description="How many others were chosen that do not count any more.")]
    refused: Annotated[int, Meta(ge=0, description="How many stay: they would take a score out of its range.")] = 0
    moderation_id: str | UnsetType = UNSET
    users: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    leaderboard: list[LeaderboardEntry] | UnsetType = UNSET

    @classmethod
    def of(cls, moderation: Moderation, summary: ReversalSummary) -> Self:
        ours = moderation.moderation_id
        return cls(summary.reversed, summary.points, summary.already_reversed, summary.refused, moderation_id=ours)


EXAMPLE = ModerationOutput(103, -15450, 0, 0, "01a20bea-41cd-71f4-a177-4a740cca622f")
DRY_RUN = {"userId": "user123", "reason": "a speed hack", "dryRun": True}
DRY_RUN_EXAMPLE = ModerationOutput(103, -15450, 0, users=1, leaderboard=[EXAMPLE_ENTRY])
UNKNOWN_ACTION_TYPE = errors.InvalidActionType("There is no such action type", details={"actionType": "BOSS_DEFEATED"})
NO_EVENTS = errors.NotFound("There are no such events", details={"chosen": "address:203.0.113.9"})
NOT_THERE = errors.NotFound("There is no such moderation", details={"moderationId": "01a20bea"})


def moderate(call: Call) -> ModerationOutput:
    sent = read_body(call.json(most_bytes=MAX_MODERATION_BYTES), ModerationInput)
    if sent.dry_run:
        found = preview_moderation(sent.selection())
        rows = [LeaderboardEntry.of(rank, row) for rank, row in enumerate(found.top, start=1)]
        return ModerationOutput(found.events, found.points, found.already_reversed, users=found.users, leaderboard=rows)
    try:
        moderation = begin_moderation(sent.selection(), reason=sent.reason, most=MAX_EVENTS_OF_A_CALL)
    except NothingLeft as nothing:
        return ModerationOutput(0, 0, nothing.already_reversed)
    return ModerationOutput.of(moderation, run_moderation(moderation))


def run_again(call: Call) -> ModerationOutput:
    moderation = find_moderation(call.parameters["moderation_id"])
    return ModerationOutput.of(moderation, run_moderation(moderation))


def undo(call: Call) -> ModerationOutput:
    sent = read_body(call.json(most_bytes=settings.MAX_BODY_BYTES), ReasonInput)
    moderation = find_moderation(call.parameters["moderation_id"])
    return ModerationOutput.of(moderation, undo_moderation(moderation, reason=sent.reason))


class ModerationsView(ModerationView):
    acts: ClassVar = {"GET": list_of_moderations, "POST": moderate}
    max_body_bytes = MAX_MODERATION_BYTES

    @describe(
        operation_id="listModerations",
        summary="List moderations",
        description="Needs the scope `scores:moderate`. Newest first: to find the id of one to `run` or `undo`.",
        tags=["moderation"],
        auth=BEARER,
        parameters=[
            *(each.described() for each in MODERATION_FILTERS.values()),
            query_parameter(PAGING.limit),
            query_parameter(PAGING.offset),
        ],
        responses={200: success_response("ModerationListResponse", "A page of moderations", MODERATIONS_EXAMPLE)},
        errors=[PAGING.limit.error(), UNKNOWN_USER, *NOT_A_MODERATOR],
    )
    def get(self, request: Request) -> HttpResponse:
        return self.reply(request)

    @describe(
        operation_id="moderateEvents",
        summary="Reverse some actions, or everything of a user, an address or an action type",
        description=(
            "Needs the scope `scores:moderate`. Begin with `dryRun`: the answer says how many events and users it "
            "concerns, how many are reversed already, and how the top 10 would look. Many thousand events take "
            "seconds; if the answer is lost, repeating the call reverses only what is left. Where nothing is left, the "
            f"answer has no `moderationId`, and nothing is stored. More than {MAX_EVENTS_OF_A_CALL:,} events are for "
            "`manage.py moderate`."
        ),
        tags=["moderation"],
        auth=BEARER,
        request=ModerationInput,
        examples=[request_example("A dry run", DRY_RUN)],
        responses={
            200: success_response(
                "ModerationResponse",
                "What was or would be reversed",
                EXAMPLE,
                more={"What a dry run would reverse": DRY_RUN_EXAMPLE},
            )
        },
        errors=[*MODERATOR_ERRORS, UNKNOWN_ACTION_TYPE, UNKNOWN_USER, NO_EVENTS],
    )
    def post(self, request: Request) -> HttpResponse:
        return self.reply(request)


class ModerationRunView(ModerationView):
    acts: ClassVar = {"POST": run_again}

    @describe(
        operation_id="runModeration",
        summary="Finish a moderation that was interrupted",
        description="Needs the scope `scores:moderate`. Nothing is reversed twice.",
        tags=["moderation"],
        auth=BEARER,
        parameters=[MODERATION_ID],
        request=None,
        responses={200: success_response("ModerationResponse", "What was reversed", EXAMPLE)},
        errors=[
            errors.InvalidRequest("This moderation was undone. Begin a new one"),
            *MODERATOR_ERRORS[2:4],
            NOT_THERE,
        ],
    )
    def post(self, request: Request, moderation_id: str) -> HttpResponse:
        return self.reply(request, moderation_id=moderation_id)


class ModerationUndoView(ModerationView):
    acts: ClassVar = {"POST": undo}

    @describe(
        operation_id="undoModeration",
        summary="Let the events of a moderation count again",
        description="Needs the scope `scores:moderate`. Events that somebody else reversed stay reversed.",
        tags=["moderation"],
        auth=BEARER,
        parameters=[MODERATION_ID],
        request=ReasonInput,
        responses={200: success_response("ModerationResponse", "What was restored", EXAMPLE)},
        errors=[*MODERATOR_ERRORS, NOT_THERE],
    )
    def post(self, request: Request, moderation_id: str) -> HttpResponse:
        return self.reply(request, moderation_id=moderation_id)
