"""Which id tells a retry from a new request, and how a repeated request is answered."""

from dataclasses import dataclass
from typing import Self

from rest_framework.request import Request
from rest_framework.response import Response

from scoreboard_project.api.envelope import success
from scoreboard_project.api.errors import DuplicateRequest, IdempotencyKeyReused, InvalidRequest
from scoreboard_project.api.request_id import ID_PATTERN, is_well_formed_id
from scoreboard_project.api.shapes import Shape
from scores.services.actions import ScoreActionResult

KEY_HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """The id stored with the action.

    An Idempotency-Key takes precedence over X-Request-ID, because a gateway may replace the latter.
    """

    request_id: str
    is_idempotency_key: bool

    @classmethod
    def of(cls, request: Request) -> Self:
        """Raises InvalidRequest for a malformed key. RequestIdMiddleware has already refused malformed request ids."""
        key = request.headers.get(KEY_HEADER)
        if key is None:
            return cls(request.META["scoreboard.request_id"], is_idempotency_key=False)
        if not is_well_formed_id(key):
            raise InvalidRequest(f"{KEY_HEADER} must match {ID_PATTERN.pattern}")
        return cls(key, is_idempotency_key=True)


def answer_once(result: ScoreActionResult, identity: RequestIdentity, output: Shape) -> Response:
    """200 with the result, also for a repeat of an idempotency key.

    Raises DuplicateRequest for a repeated request id, and IdempotencyKeyReused for a key sent with another body.
    """
    if not result.is_replay:
        return Response(success(output))
    if not identity.is_idempotency_key:
        raise _duplicate(result, output)
    if not result.is_same_request:
        raise IdempotencyKeyReused(details={"idempotencyKey": identity.request_id})
    return Response(success(output), headers={"Idempotency-Replayed": "true"})


def _duplicate(result: ScoreActionResult, output: Shape) -> DuplicateRequest:
    recorded = result.recorded
    assert recorded is not None  # noqa: S101 - a replay has a record
    return DuplicateRequest(
        details={
            "requestId": recorded.request_id,
            "originalActionId": recorded.action_id,
            "originalTimestamp": recorded.processed_at,
            "originalResult": output,
        }
    )
