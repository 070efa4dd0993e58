"""Scores and score events in Django's admin. Django finds the registrations by importing this package."""

from scores.admin.score_events import ScoreEventAdmin, UserScoreAdmin

__all__ = ["ScoreEventAdmin", "UserScoreAdmin"]
