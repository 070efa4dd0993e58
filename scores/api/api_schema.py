"""The OpenAPI descriptions of the endpoints for games: decorators for the views' methods."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from scoreboard_project.api import errors
from scoreboard_project.api.openapi import (
    EXAMPLE_REQUEST_ID,
    ID_SCHEMA,
    describe,
    page_parameters,
    request_header,
    response_header,
    success_response,
)
from scores.api.api_shapes import (
    ActionTypesSerializer,
    ScoreboardSerializer,
    ScoreHistorySerializer,
    ScoreUpdateRequestSerializer,
    ScoreUpdateSerializer,
)

ACTION_ID = "action_018d0d2e-5b40-7c52-b5ab-0d5d0e6a3c11"
EVENT_ID = "event_018d0d2e-5b40-7c52-b5ab-0d5d0e6a3c11"
MOMENT = "2024-01-15T10:30:00Z"
PAGE_RANGE = {"parameter": "limit", "minimum": 1, "maximum": 100}

UPDATED = {
    "actionId": ACTION_ID,
    "requestId": EXAMPLE_REQUEST_ID,
    "newScore": 15670,
    "scoreIncrement": 150,
    "newRank": 1,
    "previousRank": 2,
    "actionType": "LEVEL_COMPLETE",
    "processedAt": MOMENT,
}
DUPLICATE = {
    "requestId": EXAMPLE_REQUEST_ID,
    "originalActionId": ACTION_ID,
    "originalTimestamp": "2024-01-15T10:25:00Z",
    "originalResult": UPDATED,
}

scoreboard = describe(
    operation_id="getScoreboard",
    summary="Get the scoreboard",
    tags=["scoreboard"],
    parameters=[
        *page_parameters(default_limit=10, max_limit=100),
        request_header(
            "If-None-Match",
            "An ETag: 304 when the page is still the same.",
            {"type": "string"},
        ),
        response_header("ETag", "Names this very page, for `If-None-Match`.", {"type": "string"}, 200, 304),
    ],
    responses={
        200: success_response(
            "ScoreboardResponse",
            ScoreboardSerializer,
            "A page of the board",
            {
                "leaderboard": [
                    {"rank": 1, "userId": "user123", "username": "player1", "score": 15420, "lastUpdated": MOMENT}
                ],
                "pagination": {"limit": 10, "offset": 0, "total": 50000, "hasMore": True},
                "lastRefresh": MOMENT,
            },
        ),
        304: OpenApiResponse(description="The page is as the client has it"),
    },
    errors=[errors.InvalidLimit("limit must be one whole number from 1 to 100", details=PAGE_RANGE)],
)

score_update = describe(
    operation_id="updateScore",
    summary="Report an action of the token's user",
    description=(
        "The server decides what the action is worth. Send an id to make a retry safe: with `Idempotency-Key` the "
        "first answer comes again; with `X-Request-ID` alone, a repeat is 409 and tells what the first one did."
    ),
    tags=["scores"],
    request=ScoreUpdateRequestSerializer,
    examples=[
        OpenApiExample(
            "A level completed",
            {"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5, "timeCompleted": 45.2, "accuracy": 0.95}},
            request_only=True,
        )
    ],
    parameters=[
        request_header("Idempotency-Key", "The same key and body again: the first result again.", ID_SCHEMA),
        response_header(
            "Idempotency-Replayed",
            "On an answer that an earlier request earned.",
            {"type": "string", "const": "true"},
            200,
        ),
    ],
    responses={200: success_response("ScoreUpdateResponse", ScoreUpdateSerializer, "The action is recorded", UPDATED)},
    errors=[
        errors.MissingRequiredFields(details={"fields": ["actionType"]}),
        errors.InvalidActionType(details={"actionType": "LEVEL_SKIPPED"}),
        errors.InvalidMetadata("metadata must be an object", details={"rule": "object"}),
        errors.InvalidRequest(
            "Unknown fields", details={"unknownFields": ["score"], "knownFields": ["actionType", "metadata"]}
        ),
        errors.InvalidToken(),
        errors.PermissionDenied(),
        errors.DuplicateRequest(details=DUPLICATE),
        errors.PayloadTooLarge(),
        errors.UnsupportedMediaType(),
        errors.IdempotencyKeyReused(details={"idempotencyKey": "level-5-of-run-77"}),
        errors.ActionNotAllowed(details={"rule": "score_range"}),
        errors.RateLimitExceeded(retry_after=12),
    ],
)

score_history = describe(
    operation_id="getScoreHistory",
    summary="Get a user's score history",
    description="One's own, or anyone's with the scope `scores:read:any`; else 403, whether or not the user exists.",
    tags=["scores"],
    parameters=[
        OpenApiParameter("user_id", {"type": "string", "minLength": 1, "maxLength": 255}, OpenApiParameter.PATH),
        *page_parameters(default_limit=50, max_limit=200),
    ],
    responses={
        200: success_response(
            "ScoreHistoryResponse",
            ScoreHistorySerializer,
            "A page of score events",
            {
                "userId": "user123",
                "events": [
                    {
                        "eventId": EVENT_ID,
                        "actionId": ACTION_ID,
                        "actionType": "LEVEL_COMPLETE",
                        "scoreIncrement": 150,
                        "timestamp": MOMENT,
                        "metadata": {"level": 5, "timeCompleted": 45.2},
                    }
                ],
                "pagination": {"limit": 50, "offset": 0, "total": 245, "hasMore": True},
            },
        )
    },
    errors=[
        errors.InvalidLimit("limit must be one whole number from 1 to 200", details={**PAGE_RANGE, "maximum": 200}),
        errors.InvalidToken(),
        errors.PermissionDenied("This history belongs to another user"),
        errors.UserNotFound(details={"userId": "user123"}),
    ],
)

action_types = describe(
    operation_id="listActionTypes",
    summary="List what games may report, and what it is worth now",
    tags=["action types"],
    responses={
        200: success_response(
            "ActionTypesResponse",
            ActionTypesSerializer,
            "The active action types",
            {
                "actionTypes": [
                    {
                        "actionType": "LEVEL_COMPLETE",
                        "scoreValue": 150,
                        "description": "Complete a game level",
                        "category": "gameplay",
                        "isActive": True,
                    }
                ]
            },
        )
    },
    errors=[],
)
