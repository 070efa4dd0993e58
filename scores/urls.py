"""The REST API's addresses below /api/v1/. A user id may hold a slash, hence `path:`."""

from django.urls import path

from scores.api import batch_views, player_views, views

urlpatterns = [
    path("scoreboard", views.ScoreboardView.as_view(), name="scoreboard"),
    path("scoreboard/around/<path:user_id>", player_views.AroundView.as_view(), name="around"),
    path("scores/update", views.ScoreUpdateView.as_view(), name="score-update"),
    path("scores/batch", batch_views.ScoreBatchView.as_view(), name="score-batch"),
    path("users/<path:user_id>/scores/history", views.ScoreHistoryView.as_view(), name="score-history"),
    path("users/<path:user_id>/scores/daily", player_views.DailyView.as_view(), name="daily"),
    path("users/<path:user_id>/scores", player_views.PlayerView.as_view(), name="player"),
    path("action-types", views.ActionTypesView.as_view(), name="action-types"),
]
