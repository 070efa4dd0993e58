"""Scores and score events in Django's admin, which finds them by importing this package."""

from scores.admin.score_events import ScoreEventAdmin
from scores.admin.user_scores import UserScoreAdmin

__all__ = ["ScoreEventAdmin", "UserScoreAdmin"]
