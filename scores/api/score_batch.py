"""`POST /scores/batch`: up to a thousand actions of any users, from a trusted game server. A bad item fails alone."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec
from django.conf import settings
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scoreboard_project.api import errors
from scoreboard_project.api.envelope import ErrorOutput, error_output, success
from scoreboard_project.api.openapi.description import describe, request_example, success_response
from scoreboard_project.api.request_id import RequestId
from scoreboard_project.api.shapes import Body, Moment, Shape, read_body
from scoreboard_project.api.usernames import Username, checked_username
from scoreboard_project.limits.client_address import client_address, user_agent_of
from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, check_rate
from scoreboard_project.tokens.authentication import BearerAuthentication, HasScope, bearer_of
from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.token_claims import MAX_USER_ID_LENGTH, UserId
from scores.api import score_update
from scores.api.leaderboard_entry import Score
from scores.api.score_update import (
    ActionTypeCode,
    Metadata,
    NewRank,
    PreviousRank,
    ScoreIncrement,
    ScoreUpdateOutput,
    check_code,
)
from scores.services.actions import ScoreAction, ScoreActionResult
from scores.services.apply import apply_score_actions
from scores.services.metadata import check_metadata
from scores.services.usernames import with_known_usernames

MAX_BATCH_ACTIONS = 1000
MAX_BATCH_BYTES = 4 * 1024 * 1024


class BatchItem(Body):
    """An action of any user."""

    user_id: UserId
    request_id: RequestId
    action_type: ActionTypeCode
    username: Username | None = None
    metadata: Metadata = None

    def __post_init__(self) -> None:
        """Raises InvalidMetadata, InvalidActionType, or InvalidRequest for an unreadable username."""
        self.metadata = check_metadata(self.metadata)
        check_code(self.action_type)
        if self.username is not None:
            self.username = checked_username(self.username)


class BatchInput(Body):
    """Up to 1000 actions. An item that breaks a rule fails alone; the call still succeeds."""

    described_with: ClassVar = (BatchItem,)
    # Any values, because each item is read and checked separately.
    actions: Annotated[
        list[Any],
        Meta(
            min_length=1,
            max_length=MAX_BATCH_ACTIONS,
            extra_json_schema={"items": {"$ref": "#/components/schemas/BatchItem"}},
            extra={"rule": f"be a list of 1 to {MAX_BATCH_ACTIONS} items"},
        ),
    ]


class BatchResult(Shape):
    """The result of one item: the fields of a score update if it was applied or replayed, otherwise `error`."""

    status: Literal["applied", "replayed", "error"]
    user_id: str | None
    request_id: str | None
    action_id: str | UnsetType = UNSET
    new_score: Score | UnsetType = UNSET
    score_increment: ScoreIncrement | UnsetType = UNSET
    new_rank: NewRank | UnsetType = UNSET
    previous_rank: PreviousRank | UnsetType = UNSET
    action_type: str | UnsetType = UNSET
    processed_at: Moment | UnsetType = UNSET
    error: ErrorOutput | UnsetType = UNSET

    @classmethod
    def of(cls, item: Mapping[str, Any], result: ScoreActionResult) -> Self:
        if result.error:
            return cls.failed(item, result.error)
        if result.is_replay and not result.is_same_request:
            return cls.failed(item, errors.IdempotencyKeyReused(details={"requestId": item["requestId"]}))
        update = ScoreUpdateOutput.of(result)
        status: Literal["applied", "replayed"] = "replayed" if result.is_replay else "applied"
        return cls(status, item["userId"], **msgspec.structs.asdict(update))

    @classmethod
    def failed(cls, item: Any, error: errors.ApiError) -> Self:  # noqa: ANN401 - any JSON value
        named = item if isinstance(item, dict) else {}
        return cls("error", _echo(named.get("userId")), _echo(named.get("requestId")), error=error_output(error))


def _echo(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """What the client sent, shortened, and with lone surrogates replaced."""
    return value.encode("utf-8", "replace").decode()[:MAX_USER_ID_LENGTH] if isinstance(value, str) else None


class BatchResponse(Shape):
    """One result per item, in the same order."""

    results: list[BatchResult]


EXAMPLE = BatchResponse(
    [
        BatchResult("applied", "user123", **msgspec.structs.asdict(score_update.EXAMPLE)),
        BatchResult(
            "error",
            "user456",
            "match-77-2",
            error=error_output(errors.InvalidActionType(details={"actionType": "LEVEL_SKIPPED"})),
        ),
    ]
)
EXAMPLE_REQUEST = {
    "actions": [
        {"userId": "user123", "requestId": "match-77-1", "actionType": "BOSS_DEFEAT"},
        {
            "userId": "user456",
            "username": "player2",
            "requestId": "match-77-2",
            "actionType": "LEVEL_COMPLETE",
            "metadata": {"level": 5},
        },
    ]
}


class ScoreBatchView(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (HasScope.of(Scope.WRITE_ANY),)
    max_body_bytes = MAX_BATCH_BYTES

    @describe(
        operation_id="applyScoreBatch",
        summary=f"Report up to {MAX_BATCH_ACTIONS} actions of any users, from a game server",
        description=(
            "Needs the scope `scores:write:any`. The actions of a call are applied in one transaction, those of one "
            "user in order. An item that breaks a rule fails alone. A repeated `requestId` replays its first result, "
            "so a call whose answer was lost can be sent again unchanged. Give each new action an id of its own, also "
            "when you try the example below a second time."
        ),
        tags=["scores"],
        request=BatchInput,
        examples=[request_example("Two actions", EXAMPLE_REQUEST)],
        responses={200: success_response("ScoreBatchResponse", "One result per item, in the same order", EXAMPLE)},
        errors=[
            errors.MissingRequiredFields(details={"fields": ["actions"]}),
            errors.InvalidRequest(f"actions must be a list of 1 to {MAX_BATCH_ACTIONS} items"),
            errors.InvalidToken(),
            errors.PermissionDenied("This needs a token with the scope scores:write:any"),
            errors.PayloadTooLarge(),
            errors.UnsupportedMediaType(),
            errors.RateLimitExceeded(retry_after=12),
        ],
    )
    def post(self, request: Request) -> Response:
        """Apply each action once, however often it is sent."""
        check_rate("batches", bearer_of(request).user_id, settings.BATCH_CALLS_PER_MINUTE, SECONDS_PER_MINUTE)
        items = read_body(request.data, BatchInput).actions
        results = apply_batch(items, ip_address=client_address(request.META), user_agent=user_agent_of(request.headers))
        return Response(success(BatchResponse(results)))


def apply_batch(items: Sequence[Any], *, ip_address: str, user_agent: str) -> list[BatchResult]:
    """Apply the items in one transaction, those of one user in order. Returns the results in the order of the items."""
    read: dict[int, ScoreAction] = {}
    results: dict[int, BatchResult] = {}
    for at, item in enumerate(items):
        try:
            sent = read_body(item, BatchItem, what="An item")
            read[at] = _action(sent, ip_address=ip_address, user_agent=user_agent)
        except errors.ApiError as error:
            results[at] = BatchResult.failed(item, error)
    applied = apply_score_actions(with_known_usernames(list(read.values()))) if read else []
    for at, result in zip(read, applied, strict=True):
        results[at] = BatchResult.of(items[at], result)
    return [results[at] for at in range(len(items))]


def _action(sent: BatchItem, *, ip_address: str, user_agent: str) -> ScoreAction:
    return ScoreAction(
        user_id=sent.user_id,
        username=sent.username or "",
        request_id=sent.request_id,
        action_type=sent.action_type,
        metadata=sent.metadata,
        ip_address=ip_address,
        user_agent=user_agent,
    )
