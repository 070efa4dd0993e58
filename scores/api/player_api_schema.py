"""The OpenAPI descriptions of the endpoints about players, and of batches."""
# ruff: noqa: N815 - the contract's names are camelCase

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from scoreboard_project.api import errors
from scoreboard_project.api.openapi import (
    ErrorSerializer,
    StrictBodySerializer,
    describe,
    success_response,
)
from scores.api.api_schema import MOMENT, UPDATED
from scores.api.api_shapes import LeaderboardEntrySerializer, ScoreUpdateSerializer

USER_ID = OpenApiParameter("user_id", {"type": "string", "minLength": 1, "maxLength": 255}, OpenApiParameter.PATH)
UNKNOWN_USER = errors.UserNotFound(details={"userId": "user123"})


class PlayerSerializer(serializers.Serializer[Any]):
    """`UserScore` of the specification."""

    userId = serializers.CharField()
    username = serializers.CharField()
    score = serializers.IntegerField()
    rank = serializers.IntegerField(min_value=1)
    lastUpdated = serializers.DateTimeField()
    totalActions = serializers.IntegerField(min_value=0)
    averageScorePerAction = serializers.FloatField()
    percentile = serializers.FloatField(help_text="The share of players whom this one is not behind; the first: 100.")
    totalPlayers = serializers.IntegerField(min_value=1)


class AroundSerializer(serializers.Serializer[Any]):
    """A player among the neighbours."""

    userId = serializers.CharField()
    rank = serializers.IntegerField(min_value=1)
    total = serializers.IntegerField(min_value=1)
    radius = serializers.IntegerField(min_value=1)
    leaderboard = LeaderboardEntrySerializer(many=True)


class DaySerializer(serializers.Serializer[Any]):
    """One UTC day."""

    date = serializers.DateField()
    score = serializers.IntegerField()
    actions = serializers.IntegerField(min_value=0)


class DailySerializer(serializers.Serializer[Any]):
    """Sums per UTC day, oldest first."""

    userId = serializers.CharField()
    days = DaySerializer(many=True)


class BatchRequestSerializer(StrictBodySerializer):
    """Up to 1000 actions. An item that breaks a rule fails alone, so an item's own rules are not in this schema."""

    actions = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=1000)


class BatchResultSerializer(ScoreUpdateSerializer):
    """What became of one item: everything of a score update when it was applied or replayed, else `error`."""

    status = serializers.ChoiceField(["applied", "replayed", "error"])
    userId = serializers.CharField(allow_null=True)
    requestId = serializers.CharField(allow_null=True)
    error = ErrorSerializer(required=False)

    def get_fields(self) -> dict[str, Any]:
        """An error has only what names the item."""
        fields: dict[str, Any] = super().get_fields()
        for name, field in fields.items():
            field.required = name in {"status", "userId", "requestId"}
        return fields


class BatchResponseSerializer(serializers.Serializer[Any]):
    """One result an item, in the same order."""

    results = BatchResultSerializer(many=True)


ENTRY = {"rank": 41, "userId": "user123", "username": "player1", "score": 15420, "lastUpdated": MOMENT}

player = describe(
    operation_id="getPlayer",
    summary="Get a player's score, rank and percentile",
    tags=["players"],
    parameters=[USER_ID],
    responses={
        200: success_response(
            "PlayerResponse",
            PlayerSerializer,
            "The player",
            {
                **ENTRY,
                "totalActions": 103,
                "averageScorePerAction": 149.71,
                "percentile": 99.92,
                "totalPlayers": 50000,
            },
        )
    },
    errors=[UNKNOWN_USER],
)

around = describe(
    operation_id="getAround",
    summary="Get a player's neighbours on the board, with true ranks",
    tags=["scoreboard"],
    parameters=[
        USER_ID,
        OpenApiParameter(
            "radius",
            {"type": "integer", "minimum": 1, "maximum": 50, "default": 5},
            OpenApiParameter.QUERY,
            description="How many neighbours on each side.",
        ),
    ],
    responses={
        200: success_response(
            "AroundResponse",
            AroundSerializer,
            "The rows around the player",
            {"userId": "user123", "rank": 41, "total": 50000, "radius": 5, "leaderboard": [ENTRY]},
        )
    },
    errors=[errors.InvalidLimit("radius must be one whole number from 1 to 50"), UNKNOWN_USER],
)

daily = describe(
    operation_id="getDailySums",
    summary="Get what a player won on each UTC day",
    tags=["players"],
    parameters=[
        USER_ID,
        OpenApiParameter(
            "days",
            {"type": "integer", "minimum": 1, "maximum": 365, "default": 90},
            OpenApiParameter.QUERY,
            description="How many days, today the last.",
        ),
    ],
    responses={
        200: success_response(
            "DailyResponse",
            DailySerializer,
            "The days, oldest first",
            {"userId": "user123", "days": [{"date": "2024-01-15", "score": 450, "actions": 3}]},
        )
    },
    errors=[errors.InvalidLimit("days must be one whole number from 1 to 365"), UNKNOWN_USER],
)

score_batch = describe(
    operation_id="applyScoreBatch",
    summary="Report up to 1000 actions of any users, from a game server",
    description=(
        "Needs the scope `scores:write:any`. One transaction a call; the actions of one user apply in order. "
        "An item: `userId`, `requestId` and `actionType`, and as you like `username` and `metadata`. "
        "An item that breaks a rule fails alone; a repeated `requestId` replays its first result, "
        "so a call whose answer was lost may be sent again as it was."
    ),
    tags=["scores"],
    request=BatchRequestSerializer,
    examples=[
        OpenApiExample(
            "Two actions",
            {
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
            },
            request_only=True,
        )
    ],
    responses={
        200: success_response(
            "ScoreBatchResponse",
            BatchResponseSerializer,
            "One result an item, in the same order",
            {
                "results": [
                    {"status": "applied", "userId": "user123", **UPDATED},
                    {
                        "status": "error",
                        "userId": "user456",
                        "requestId": "match-77-2",
                        "error": {
                            "code": "INVALID_ACTION_TYPE",
                            "message": "Unknown or inactive action type",
                            "details": {"actionType": "LEVEL_SKIPPED"},
                        },
                    },
                ]
            },
        )
    },
    errors=[
        errors.MissingRequiredFields(details={"fields": ["actions"]}),
        errors.InvalidRequest("actions must be a list of 1 to 1000 items"),
        errors.InvalidToken(),
        errors.PermissionDenied("This needs a token with the scope scores:write:any"),
        errors.PayloadTooLarge(),
        errors.UnsupportedMediaType(),
        errors.RateLimitExceeded(retry_after=12),
    ],
)
