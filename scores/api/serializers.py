"""The contract's camelCase, in and out. Everything inside is snake_case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from action_types.models import ActionType
from leaderboard.board_cache import BoardRow
from scoreboard_project.api.errors import InvalidRequest, MissingRequiredFields
from scoreboard_project.api.query_params import pagination
from scores.models import ScoreEvent
from scores.selectors.boards import BoardPage, HistoryPage
from scores.services.actions import ScoreActionResult
from scores.services.metadata import check_metadata

MAX_ACTION_TYPE_LENGTH = 50


@dataclass(frozen=True, slots=True)
class ScoreUpdateInput:
    """The body of `PUT /scores/update`."""

    action_type: str
    metadata: dict[str, Any]

    FIELDS = frozenset({"actionType", "metadata"})

    @classmethod
    def from_body(cls, body: Any) -> Self:  # noqa: ANN401 - any JSON value
        """Raises MissingRequiredFields, InvalidRequest or InvalidMetadata."""
        if not isinstance(body, dict):
            raise InvalidRequest("The body must be a JSON object")
        refuse_unknown_fields(body, cls.FIELDS)
        if body.get("actionType") is None:
            raise MissingRequiredFields(details={"fields": ["actionType"]})
        return cls(read_action_type(body["actionType"]), check_metadata(body.get("metadata", {})))


def refuse_unknown_fields(body: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raises InvalidRequest when the client sent a field that would be ignored: a typo, or a score of its own."""
    unknown = sorted(field[:100].encode("utf-8", "replace").decode() for field in body.keys() - known)
    if unknown:
        raise InvalidRequest("Unknown fields", details={"unknownFields": unknown[:20], "knownFields": sorted(known)})


def read_action_type(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Raises InvalidRequest unless it is text that an action type's code could be."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ACTION_TYPE_LENGTH or not value.isprintable():
        raise InvalidRequest(f"actionType must be text of 1 to {MAX_ACTION_TYPE_LENGTH} characters")
    return value


def iso(moment: datetime) -> str:
    """UTC ISO 8601 with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def score_update_body(result: ScoreActionResult) -> dict[str, Any]:
    """The specification's answer to an update, and `originalResult` of a duplicate."""
    recorded = result.recorded
    assert recorded is not None  # noqa: S101 - an error has been raised instead
    return {
        "actionId": recorded.action_id,
        "requestId": recorded.request_id,
        "newScore": recorded.new_score,
        "scoreIncrement": recorded.score_increment,
        "newRank": result.new_rank,
        "previousRank": result.previous_rank,
        "actionType": recorded.action_type,
        "processedAt": iso(recorded.processed_at),
    }


def board_page_body(page: BoardPage) -> dict[str, Any]:
    """The specification's scoreboard."""
    return {
        "leaderboard": [leaderboard_entry(page.offset + at, row) for at, row in enumerate(page.rows, start=1)],
        "pagination": pagination(limit=page.limit, offset=page.offset, total=page.total),
        "lastRefresh": iso(page.refreshed_at),
    }


def leaderboard_entry(rank: int, row: BoardRow) -> dict[str, Any]:
    """`LeaderboardEntry` of the specification."""
    return {
        "rank": rank,
        "userId": row.user_id,
        "username": row.username,
        "score": row.score,
        "lastUpdated": iso(row.last_updated),
    }


def history_body(page: HistoryPage) -> dict[str, Any]:
    """The specification's score history. Addresses and user agents stay inside."""
    return {
        "userId": page.user_id,
        "events": [_event_body(event) for event in page.events],
        "pagination": pagination(limit=page.limit, offset=page.offset, total=page.total),
    }


def _event_body(event: ScoreEvent) -> dict[str, Any]:
    return {
        "eventId": event.event_id,
        "actionId": event.action_id,
        "actionType": event.action_type,
        "scoreIncrement": event.score_increment,
        "timestamp": iso(event.created_at),
        "metadata": event.metadata or {},
    }


def action_type_body(action_type: ActionType) -> dict[str, Any]:
    """`ActionTypeConfig` of the specification."""
    return {
        "actionType": action_type.action_type,
        "scoreValue": action_type.score_value,
        "description": action_type.description,
        "category": action_type.category,
        "isActive": action_type.is_active,
    }
