"""The body of `POST /scores/batch`, item by item: one bad item fails alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from scoreboard_project.api.envelope import failure
from scoreboard_project.api.errors import ApiError, IdempotencyKeyReused, InvalidRequest, MissingRequiredFields
from scoreboard_project.api.request_id import ID_PATTERN, is_well_formed_id
from scoreboard_project.tokens.token_claims import MAX_USER_ID_LENGTH, MAX_USERNAME_LENGTH, is_well_formed_text
from scores.api.serializers import read_action_type, refuse_unknown_fields, score_update_body
from scores.services.actions import ScoreAction, ScoreActionResult
from scores.services.apply import apply_score_actions
from scores.services.metadata import check_metadata
from scores.services.usernames import with_known_usernames

MAX_BATCH_ACTIONS = 1000
REQUIRED = ("userId", "requestId", "actionType")
FIELDS = frozenset({*REQUIRED, "username", "metadata"})


def read_batch(body: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    """The items, not yet looked at. Raises MissingRequiredFields or InvalidRequest for a body that is no batch."""
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object")
    refuse_unknown_fields(body, frozenset({"actions"}))
    if body.get("actions") is None:
        raise MissingRequiredFields(details={"fields": ["actions"]})
    items = body["actions"]
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH_ACTIONS:
        raise InvalidRequest(f"actions must be a list of 1 to {MAX_BATCH_ACTIONS} items")
    return items


def apply_batch(items: Sequence[Any], *, ip_address: str, user_agent: str) -> list[dict[str, Any]]:
    """Apply the items in one transaction, those of one user in order. The answers are in the items' order."""
    read: dict[int, ScoreAction] = {}
    answers: dict[int, dict[str, Any]] = {}
    for at, item in enumerate(items):
        try:
            read[at] = _read_item(item, ip_address=ip_address, user_agent=user_agent)
        except ApiError as error:
            answers[at] = _error_answer(item, error)
    results = apply_score_actions(with_known_usernames(list(read.values()))) if read else []
    for at, result in zip(read, results, strict=True):
        answers[at] = _answer(items[at], result)
    return [answers[at] for at in range(len(items))]


def _read_item(item: Any, *, ip_address: str, user_agent: str) -> ScoreAction:  # noqa: ANN401 - any JSON value
    if not isinstance(item, dict):
        raise InvalidRequest("An item must be a JSON object")
    refuse_unknown_fields(item, FIELDS)
    missing = [field for field in REQUIRED if item.get(field) is None]
    if missing:
        raise MissingRequiredFields(details={"fields": missing})
    if not isinstance(item["requestId"], str) or not is_well_formed_id(item["requestId"]):
        raise InvalidRequest(f"requestId must match {ID_PATTERN.pattern}")
    return ScoreAction(
        user_id=_read_text(item["userId"], "userId", MAX_USER_ID_LENGTH),
        username="" if item.get("username") is None else _read_text(item["username"], "username", MAX_USERNAME_LENGTH),
        request_id=item["requestId"],
        action_type=read_action_type(item["actionType"]),
        metadata=check_metadata(item.get("metadata", {})),
        ip_address=ip_address,
        user_agent=user_agent,
    )


def _read_text(value: Any, field: str, longest: int) -> str:  # noqa: ANN401 - any JSON value
    if not is_well_formed_text(value, longest):
        raise InvalidRequest(f"{field} must be text of 1 to {longest} characters without control characters")
    return str(value)


def _answer(item: Mapping[str, Any], result: ScoreActionResult) -> dict[str, Any]:
    if result.error:
        return _error_answer(item, result.error)
    if result.is_replay and not result.is_same_request:
        return _error_answer(item, IdempotencyKeyReused(details={"requestId": item["requestId"]}))
    status = "replayed" if result.is_replay else "applied"
    return {"status": status, "userId": item["userId"], **score_update_body(result)}


def _error_answer(item: Any, error: ApiError) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    named = item if isinstance(item, dict) else {}
    return {
        "status": "error",
        "userId": _echo(named.get("userId")),
        "requestId": _echo(named.get("requestId")),
        "error": failure(error)["error"],
    }


def _echo(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """What the client sent, as far as it can be sent back."""
    return value.encode("utf-8", "replace").decode()[:MAX_USER_ID_LENGTH] if isinstance(value, str) else None
