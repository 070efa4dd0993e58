"""`PUT /scores/update`: a game reports an action of the token's user."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from django.conf import settings
from django.http import HttpResponse
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request

from action_types.models import CODE_PATTERN, MAX_CODE_LENGTH
from scoreboard_project.api import errors
from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.openapi.description import (
    BEARER,
    EXAMPLE_REQUEST_ID,
    ID_SCHEMA,
    describe,
    request_example,
    request_header,
    response_header,
    success_response,
)
from scoreboard_project.api.shapes import PUBLISHED_PATTERN, Body, Moment, Shape, read_body, well_formed_text
from scoreboard_project.limits.client_address import client_address, stored_user_agent
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.tokens.bearer import player_of
from scoreboard_project.tokens.principal import Principal, Scope
from scores.api.idempotency import RequestIdentity, refuse_other_repeat
from scores.api.leaderboard_entry import EXAMPLE_MOMENT, Rank, Score
from scores.models import OPERATOR_TYPES
from scores.services.actions import Reporter, ScoreAction, ScoreActionResult
from scores.services.metadata import MAX_BYTES, MAX_DEPTH, MAX_KEYS, check_metadata
from scores.services.report import report_action

CODE = re.compile(CODE_PATTERN)
ActionTypeCode = Annotated[
    str,
    well_formed_text(
        MAX_CODE_LENGTH,
        description="An active action type: see `GET /api/v1/action-types`.",
        # check_code checks it: an impossible code gets the same answer as an unknown one.
        extra_json_schema={PUBLISHED_PATTERN: CODE_PATTERN},
    ),
]
Metadata = Annotated[
    Any,
    Meta(
        description=(
            f"Context that is stored with the event: at most {MAX_BYTES} bytes as compact JSON, {MAX_DEPTH} levels and "
            f"{MAX_KEYS} keys in total. Text must not contain U+0000 or lone surrogates. Numbers must be finite, "
            "integers within ±2^53. Null means no metadata."
        ),
        extra_json_schema={"type": ["object", "null"], "maxProperties": MAX_KEYS, "additionalProperties": {}},
    ),
]
ScoreIncrement = Annotated[int, Meta(description="The points that the server gave for the action.")]
NewRank = Annotated[Rank | None, Meta(description="The current rank; null if it could not be determined in time.")]
PreviousRank = Annotated[Rank | None, Meta(description="Null on a user's first action.")]

Pending = Annotated[
    Literal["pending"] | UnsetType,
    Meta(description="Present if the action waits for a moderator: score and rank are unchanged."),
]

REPLAYED = (b"idempotency-replayed", b"true")
EXAMPLE_ACTION_ID = "action_018d0d2e-5b40-7c52-b5ab-0d5d0e6a3c11"


class ScoreUpdateInput(Body):
    """An action that the token's user did."""

    action_type: ActionTypeCode
    metadata: Metadata = None

    def __post_init__(self) -> None:
        """Raises InvalidMetadata, or InvalidActionType for a code that no action type can have."""
        self.metadata = check_metadata(self.metadata)
        check_code(self.action_type)


def check_code(action_type: str) -> None:
    """Raises InvalidActionType for a code that no action type can have, or that only the operator's events have."""
    if not CODE.fullmatch(action_type) or action_type in OPERATOR_TYPES:
        raise errors.InvalidActionType(details={"actionType": action_type})


class ScoreUpdateOutput(Shape):
    """The result of an action."""

    action_id: str
    request_id: str
    new_score: Score
    score_increment: ScoreIncrement
    new_rank: NewRank
    previous_rank: PreviousRank
    action_type: str
    processed_at: Moment
    status: Pending = UNSET

    @classmethod
    def of(cls, result: ScoreActionResult) -> Self:
        recorded = result.recorded
        assert recorded is not None  # noqa: S101 - an error has been raised instead
        return cls(
            action_id=recorded.action_id,
            request_id=recorded.request_id,
            new_score=recorded.new_score,
            score_increment=recorded.score_increment,
            new_rank=result.new_rank,
            previous_rank=result.previous_rank,
            action_type=recorded.action_type,
            processed_at=recorded.processed_at,
            status="pending" if result.is_held else UNSET,
        )


EXAMPLE = ScoreUpdateOutput(EXAMPLE_ACTION_ID, EXAMPLE_REQUEST_ID, 15670, 150, 1, 2, "LEVEL_COMPLETE", EXAMPLE_MOMENT)
DUPLICATE = errors.DuplicateRequest(
    details={
        "requestId": EXAMPLE_REQUEST_ID,
        "originalActionId": EXAMPLE_ACTION_ID,
        "originalTimestamp": EXAMPLE_MOMENT - timedelta(minutes=5),
        "originalResult": EXAMPLE,
    }
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who reports an action, and from where. `trace_id` names the request or frame in the log."""

    principal: Principal
    ip_address: str
    user_agent: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class Reported:
    """What an action did, now or when it was first sent."""

    output: ScoreUpdateOutput
    is_replay: bool


def report_once(sent: ScoreUpdateInput, identity: RequestIdentity, origin: Origin) -> Flow[Reported]:
    """Apply the action once, however often it is sent.

    Raises what `report_action` raises, DuplicateRequest or IdempotencyKeyReused.
    """
    result = yield from report_action(
        ScoreAction(
            user_id=origin.principal.user_id,
            username=origin.principal.username,
            request_id=identity.request_id,
            action_type=sent.action_type,
            metadata=sent.metadata,
            ip_address=origin.ip_address,
            user_agent=origin.user_agent,
            reporter=Reporter.SERVER if origin.principal.may(Scope.WRITE_ANY) else Reporter.USER,
            trace_id=origin.trace_id,
        )
    )
    output = ScoreUpdateOutput.of(result)
    refuse_other_repeat(result, identity, output)
    return Reported(output, result.is_replay)


def update_score(call: Call) -> Flow[Reply]:
    """The answer to a request: read it, report its action, and render what that did."""
    principal = yield from player_of(call)
    identity = RequestIdentity.of(call)
    sent = read_body(call.json(most_bytes=settings.MAX_BODY_BYTES), ScoreUpdateInput)
    reported = yield from report_once(sent, identity, _origin_of(call, principal))
    return Reply.success(reported.output, *([REPLAYED] if reported.is_replay else []))


def _origin_of(call: Call, principal: Principal) -> Origin:
    return Origin(
        principal,
        ip_address=client_address(call.peer, call.headers.get("x-forwarded-for", "")),
        user_agent=stored_user_agent(call.headers.get("user-agent", "")),
        trace_id=call.request_id,
    )


class ScoreUpdateView(EndpointView):
    endpoints: ClassVar = {"PUT": update_score}

    @describe(
        operation_id="updateScore",
        summary="Report an action of the token's user",
        description=(
            "The server decides what the action is worth. Send an id to make retries safe. With `Idempotency-Key`, a "
            "repeat returns the first result again. With `X-Request-ID` alone, a repeat is answered with 409 and the "
            "result of the first request."
        ),
        tags=["scores"],
        auth=BEARER,
        request=ScoreUpdateInput,
        examples=[
            request_example(
                "A level completed",
                ScoreUpdateInput("LEVEL_COMPLETE", {"level": 5, "timeCompleted": 45.2, "accuracy": 0.95}),
            )
        ],
        parameters=[
            request_header(
                "Idempotency-Key",
                "A repeat with the same key and body returns the first result. Use a new key for each action, such as "
                "a UUID.",
                ID_SCHEMA,
            ),
            response_header(
                "Idempotency-Replayed",
                "Present when the answer is the result of an earlier request.",
                {"type": "string", "const": "true"},
                200,
            ),
        ],
        responses={200: success_response("ScoreUpdateResponse", "The action is recorded", EXAMPLE)},
        errors=[
            errors.MissingRequiredFields(details={"fields": ["actionType"]}),
            errors.InvalidActionType(details={"actionType": "LEVEL_SKIPPED"}),
            errors.InvalidMetadata("metadata must be an object", details={"rule": "object"}),
            errors.InvalidRequest(
                "Unknown fields", details={"unknownFields": ["score"], "knownFields": ["actionType", "metadata"]}
            ),
            errors.InvalidToken(),
            errors.PermissionDenied(),
            DUPLICATE,
            errors.PayloadTooLarge(),
            errors.UnsupportedMediaType(),
            errors.IdempotencyKeyReused(details={"idempotencyKey": "level-5-of-run-77"}),
            errors.ActionNotAllowed(details={"rule": "maxPerDay", "limit": 1, "retryAfter": 3600}),
            errors.RateLimitExceeded(retry_after=12),
        ],
    )
    def put(self, request: Request) -> HttpResponse:
        return self.reply(request)
