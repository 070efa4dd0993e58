"""The URLs of the REST API below /api/v1/. A user id may contain a slash, hence `path:`."""

from django.urls import path

from scores.api.action_types import ActionTypesView
from scores.api.around import AroundView
from scores.api.daily import DailyView
from scores.api.moderation.held_actions import ApproveHeldView, HeldActionsView, RejectHeldView
from scores.api.moderation.reversals import ModerationRunView, ModerationsView, ModerationUndoView
from scores.api.moderation.users import (
    AwardView,
    BanView,
    HideView,
    HoldView,
    ReleaseView,
    RevokeTokensView,
    ShowView,
    UnbanView,
)
from scores.api.score_batch import ScoreBatchView
from scores.api.score_history import ScoreHistoryView
from scores.api.score_update import ScoreUpdateView
from scores.api.scoreboard import ScoreboardView
from scores.api.user_score import UserScoreView

urlpatterns = [
    path("scoreboard", ScoreboardView.as_view(), name="scoreboard"),
    path("scoreboard/around/<path:user_id>", AroundView.as_view(), name="around"),
    path("scores/update", ScoreUpdateView.as_view(), name="score-update"),
    path("scores/batch", ScoreBatchView.as_view(), name="score-batch"),
    path("users/<path:user_id>/scores/history", ScoreHistoryView.as_view(), name="score-history"),
    path("users/<path:user_id>/scores/daily", DailyView.as_view(), name="daily"),
    path("users/<path:user_id>/scores", UserScoreView.as_view(), name="player"),
    path("users/<path:user_id>/hide", HideView.as_view(), name="hide"),
    path("users/<path:user_id>/show", ShowView.as_view(), name="show"),
    path("users/<path:user_id>/ban", BanView.as_view(), name="ban"),
    path("users/<path:user_id>/unban", UnbanView.as_view(), name="unban"),
    path("users/<path:user_id>/revoke-tokens", RevokeTokensView.as_view(), name="revoke-tokens"),
    path("users/<path:user_id>/hold", HoldView.as_view(), name="hold"),
    path("users/<path:user_id>/release", ReleaseView.as_view(), name="release"),
    path("users/<path:user_id>/award", AwardView.as_view(), name="award"),
    path("moderations", ModerationsView.as_view(), name="moderations"),
    path("moderations/<str:moderation_id>/run", ModerationRunView.as_view(), name="moderation-run"),
    path("moderations/<str:moderation_id>/undo", ModerationUndoView.as_view(), name="moderation-undo"),
    path("held-actions", HeldActionsView.as_view(), name="held-actions"),
    path("held-actions/approve", ApproveHeldView.as_view(), name="held-actions-approve"),
    path("held-actions/reject", RejectHeldView.as_view(), name="held-actions-reject"),
    path("action-types", ActionTypesView.as_view(), name="action-types"),
]
