"""The source of truth: one row per user, and an append-only ledger of score events.

For every user, after every commit: `current_score` is the sum of `score_increment`, `version` is the number of score
events, and `total_actions` is the number of those that record the user's own actions.
"""

from scores.models.action_tally import ActionTally
from scores.models.flag import Detector, Flag, UsualHour
from scores.models.held_action import HeldAction
from scores.models.moderated_user import ModeratedUser
from scores.models.moderation import Moderation
from scores.models.score_event import ADJUSTMENT, OPENING_BALANCE, OPERATOR_TYPES, REVERSAL, ScoreEvent
from scores.models.score_request import ScoreRequest
from scores.models.user_score import BOARD_ORDER, MAX_SCORE, UserScore

__all__ = [
    "ADJUSTMENT",
    "BOARD_ORDER",
    "MAX_SCORE",
    "OPENING_BALANCE",
    "OPERATOR_TYPES",
    "REVERSAL",
    "ActionTally",
    "Detector",
    "Flag",
    "HeldAction",
    "ModeratedUser",
    "Moderation",
    "ScoreEvent",
    "ScoreRequest",
    "UserScore",
    "UsualHour",
]
