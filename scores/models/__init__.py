"""The truth: one row a user, and an append-only ledger of score events, one row an action.

Always `current_score = sum of score_increment` and `total_actions = count`, for every user, at every commit.
"""

from scores.models.score_event import BOARD_ORDER, MAX_SCORE, PlainJsonField, ScoreEvent, ScoreRequest, UserScore

__all__ = ["BOARD_ORDER", "MAX_SCORE", "PlainJsonField", "ScoreEvent", "ScoreRequest", "UserScore"]
