"""The eight action types of the specification, as every installation starts with them."""

from typing import NamedTuple


class DefaultActionType(NamedTuple):
    """A row of the specification's `INSERT INTO action_types`."""

    action_type: str
    score_value: int
    description: str
    category: str


DEFAULT_ACTION_TYPES = (
    DefaultActionType("LEVEL_COMPLETE", 150, "Complete a game level", "gameplay"),
    DefaultActionType("ACHIEVEMENT_UNLOCK", 300, "Unlock an achievement", "progression"),
    DefaultActionType("DAILY_BONUS", 50, "Daily login bonus", "engagement"),
    DefaultActionType("CHALLENGE_WIN", 500, "Win a challenge", "competition"),
    DefaultActionType("BOSS_DEFEAT", 1000, "Defeat a boss enemy", "gameplay"),
    DefaultActionType("PERFECT_SCORE", 200, "Achieve perfect score", "performance"),
    DefaultActionType("STREAK_BONUS", 100, "Maintain winning streak", "performance"),
    DefaultActionType("FIRST_TIME_BONUS", 250, "First time completing action", "progression"),
)
