"""The source of truth: one row per user, and an append-only ledger of score events with one row per action.

For every user, after every commit: `current_score` is the sum of `score_increment`, and `total_actions` is the number
of score events.
"""

from scores.models.score_event import ScoreEvent
from scores.models.score_request import ScoreRequest
from scores.models.user_score import BOARD_ORDER, MAX_SCORE, UserScore

__all__ = ["BOARD_ORDER", "MAX_SCORE", "ScoreEvent", "ScoreRequest", "UserScore"]
