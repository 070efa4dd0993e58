"""`POST /scores/batch`: up to a thousand actions of any users, from a trusted game server. A bad item fails alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec
from django.conf import settings
from django.http import HttpResponse
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request

from scoreboard_project.api import errors
from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.envelope import ErrorOutput, error_output
from scoreboard_project.api.openapi.description import BEARER, describe, request_example, success_response
from scoreboard_project.api.request_id import RequestId
from scoreboard_project.api.shapes import Body, Moment, Shape, read_body
from scoreboard_project.api.usernames import Username, checked_username
from scoreboard_project.limits.client_address import client_address, stored_user_agent
from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, checked_rate
from scoreboard_project.runtime.flows.flow import Flow, Pause
from scoreboard_project.tokens.bearer import bearer_with_scope
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, UserId
from scoreboard_project.tokens.principal import Scope
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
from scores.services.actions import Reporter, ScoreAction, ScoreActionResult
from scores.services.apply import applying_score_actions
from scores.services.metadata import check_metadata
from scores.services.usernames import with_known_usernames

MAX_BATCH_ACTIONS = 1000
MAX_BATCH_BYTES = 4 * 1024 * 1024
# A batch must not keep an event loop from others for long.
ITEMS_BETWEEN_PAUSES = 50


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

    status: Literal["applied", "pending", "replayed", "error"]
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
        update = msgspec.structs.asdict(ScoreUpdateOutput.of(result))
        status: Literal["applied", "replayed"] = "replayed" if result.is_replay else "applied"
        return cls(update.pop("status") or status, item["userId"], **update)

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
        BatchResult(user_id="user123", **(msgspec.structs.asdict(score_update.EXAMPLE) | {"status": "applied"})),
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


def apply_score_batch(call: Call) -> Flow[Reply]:
    """Apply each action once, however often it is sent."""
    principal = yield from bearer_with_scope(call, Scope.WRITE_ANY)
    yield from checked_rate("batches", principal.user_id, settings.BATCH_CALLS_PER_MINUTE, SECONDS_PER_MINUTE)
    items = read_body(call.json(most_bytes=MAX_BATCH_BYTES), BatchInput).actions
    return Reply.success(BatchResponse((yield from _apply_items(items, call))))


class ScoreBatchView(EndpointView):
    endpoints: ClassVar = {"POST": apply_score_batch}
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
        auth=BEARER,
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
    def post(self, request: Request) -> HttpResponse:
        return self.reply(request)


def _apply_items(items: Sequence[Any], call: Call) -> Flow[list[BatchResult]]:
    """Apply the items in one transaction, those of one user in order. Returns the results in the order of the items."""
    read: dict[int, ScoreAction] = {}
    results: dict[int, BatchResult] = {}
    make = _maker(call)
    for at, item in enumerate(items):
        if at % ITEMS_BETWEEN_PAUSES == 0:
            yield from Pause()
        try:
            read[at] = make(read_body(item, BatchItem, what="An item"))
        except errors.ApiError as error:
            results[at] = BatchResult.failed(item, error)
    actions = yield from with_known_usernames(list(read.values()))
    applied = (yield from applying_score_actions(actions)) if actions else []
    for at, result in zip(read, applied, strict=True):
        results[at] = BatchResult.of(items[at], result)
    return [results[at] for at in range(len(items))]


def _maker(call: Call) -> Callable[[BatchItem], ScoreAction]:
    """Makes the action of an item that came with this call."""
    ip_address = client_address(call.peer, call.headers.get("x-forwarded-for", ""))
    user_agent = stored_user_agent(call.headers.get("user-agent", ""))

    def make(sent: BatchItem) -> ScoreAction:
        return ScoreAction(
            user_id=sent.user_id,
            username=sent.username or "",
            request_id=sent.request_id,
            action_type=sent.action_type,
            metadata=sent.metadata,
            ip_address=ip_address,
            user_agent=user_agent,
            reporter=Reporter.SERVER,
            trace_id=call.request_id,
        )

    return make
