"""The shapes of requests and answers, for their OpenAPI descriptions only: `scores.api.serializers` does the work."""
# ruff: noqa: N815 - the contract's names are camelCase

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from scoreboard_project.api.openapi import PaginationSerializer, StrictBodySerializer
from scores.services.metadata import MAX_BYTES, MAX_DEPTH, MAX_KEYS


class LeaderboardEntrySerializer(serializers.Serializer[Any]):
    """A user's place on the board."""

    rank = serializers.IntegerField(min_value=1)
    userId = serializers.CharField()
    username = serializers.CharField()
    score = serializers.IntegerField(help_text="Within ±2^53: exact in every client.")
    lastUpdated = serializers.DateTimeField(help_text="When the score last moved.")


class ScoreboardSerializer(serializers.Serializer[Any]):
    """A page of the board, best first; the first to reach a score stays ahead."""

    leaderboard = LeaderboardEntrySerializer(many=True)
    pagination = PaginationSerializer()
    lastRefresh = serializers.DateTimeField(help_text="When this page was read.")


@extend_schema_field({"type": "object", "maxProperties": MAX_KEYS, "additionalProperties": {}})
class MetadataField(serializers.DictField):
    """An action's metadata; `scores.services.metadata` has the rules that a schema cannot say."""


class ScoreUpdateRequestSerializer(StrictBodySerializer):
    """An action that the token's user did."""

    actionType = serializers.RegexField(
        r"^[A-Z][A-Z0-9_]{0,49}$", max_length=50, help_text="An active action type: see `GET /api/v1/action-types`."
    )
    metadata = MetadataField(
        required=False,
        help_text=(
            f"Context for the ledger: at most {MAX_BYTES} bytes as compact JSON, {MAX_DEPTH} levels and {MAX_KEYS} "
            "keys in all; no U+0000, no lone surrogate; numbers finite, integers within ±2^53."
        ),
    )


class ScoreUpdateSerializer(serializers.Serializer[Any]):
    """What an action did."""

    actionId = serializers.CharField()
    requestId = serializers.CharField()
    newScore = serializers.IntegerField()
    scoreIncrement = serializers.IntegerField(help_text="What the server says the action is worth.")
    newRank = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="The rank of this moment; null when it could not be known in time."
    )
    previousRank = serializers.IntegerField(min_value=1, allow_null=True, help_text="Null on a user's first action.")
    actionType = serializers.CharField()
    processedAt = serializers.DateTimeField()


class ScoreEventSerializer(serializers.Serializer[Any]):
    """One action of the ledger."""

    eventId = serializers.CharField()
    actionId = serializers.CharField()
    actionType = serializers.CharField()
    scoreIncrement = serializers.IntegerField()
    timestamp = serializers.DateTimeField()
    metadata = serializers.DictField()


class ScoreHistorySerializer(serializers.Serializer[Any]):
    """A page of a user's score events, newest first."""

    userId = serializers.CharField()
    events = ScoreEventSerializer(many=True)
    pagination = PaginationSerializer()


class ActionTypeConfigSerializer(serializers.Serializer[Any]):
    """What games may report as `actionType`."""

    actionType = serializers.CharField()
    scoreValue = serializers.IntegerField()
    description = serializers.CharField()
    category = serializers.CharField()
    isActive = serializers.BooleanField()


class ActionTypesSerializer(serializers.Serializer[Any]):
    """The active action types, by code."""

    actionTypes = ActionTypeConfigSerializer(many=True)
