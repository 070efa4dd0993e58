"""Ranks and cached boards in Redis. No tables here: PostgreSQL holds the truth, this is derived from it."""

from django.apps import AppConfig


class LeaderboardConfig(AppConfig):
    """The rank index, the cached boards and the names of their events."""

    name = "leaderboard"
