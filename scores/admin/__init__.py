"""The admin of scores, score events, moderations and the audit. Django finds it by importing this package."""

from scores.admin.audit_entries import AuditEntryAdmin
from scores.admin.flags import FlagAdmin
from scores.admin.held_actions import HeldActionAdmin
from scores.admin.moderations import ModerationAdmin
from scores.admin.score_events import ScoreEventAdmin
from scores.admin.user_scores import UserScoreAdmin

__all__ = ["AuditEntryAdmin", "FlagAdmin", "HeldActionAdmin", "ModerationAdmin", "ScoreEventAdmin", "UserScoreAdmin"]
