"""Ranks and cached boards in Redis. The app has no tables: everything here is derived from PostgreSQL."""

from django.apps import AppConfig


class LeaderboardConfig(AppConfig):
    name = "leaderboard"
