"""The truth: one row a user, and an append-only ledger of score events, one row an action.

Always `current_score = sum of score_increment` and `total_actions = count`, for every user, at every commit.
"""

from scores.models.score_event import ScoreEvent
from scores.models.score_request import ScoreRequest
from scores.models.user_score import BOARD_ORDER, MAX_SCORE, UserScore

__all__ = ["BOARD_ORDER", "MAX_SCORE", "ScoreEvent", "ScoreRequest", "UserScore"]
