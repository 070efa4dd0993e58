"""The admin of scores and score events. Django finds it by importing this package."""

from scores.admin.score_events import ScoreEventAdmin
from scores.admin.user_scores import UserScoreAdmin

__all__ = ["ScoreEventAdmin", "UserScoreAdmin"]
