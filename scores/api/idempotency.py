"""Which id tells a retry from a new request, and which repeats are refused."""

from dataclasses import dataclass
from typing import Self

from scoreboard_project.api.calls import Call
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
    def of(cls, call: Call) -> Self:
        """Raises InvalidRequest for a malformed key. Malformed request ids are refused before an endpoint is called."""
        key = call.headers.get(KEY_HEADER.lower())
        if key is None:
            return cls(call.request_id, is_idempotency_key=False)
        if not is_well_formed_id(key):
            raise InvalidRequest(f"{KEY_HEADER} must match {ID_PATTERN.pattern}")
        return cls(key, is_idempotency_key=True)


def refuse_other_repeat(result: ScoreActionResult, identity: RequestIdentity, output: Shape) -> None:
    """Let first requests pass, and repeats of an idempotency key with the same body.

    Raises DuplicateRequest for a repeated request id, and IdempotencyKeyReused for a key sent with another body.
    """
    if not result.is_replay:
        return
    if not identity.is_idempotency_key:
        raise _duplicate(result, output)
    if not result.is_same_request:
        raise IdempotencyKeyReused(details={"idempotencyKey": identity.request_id})


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
