"""The shapes of the answers for games, for their OpenAPI descriptions only: `scores.serializers` makes the answers."""
# ruff: noqa: N815 - the contract's names are camelCase

from typing import Any

from rest_framework import serializers

from scoreboard_project.api.api_schema import PaginationSerializer


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


class ScoreUpdateSerializer(serializers.Serializer[Any]):
    """What an action did."""

    actionId = serializers.CharField()
    requestId = serializers.CharField()
    newScore = serializers.IntegerField()
    scoreIncrement = serializers.IntegerField(help_text="What the server says the action is worth.")
    newRank = serializers.IntegerField(min_value=1, allow_null=True, help_text="The rank of this moment.")
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
