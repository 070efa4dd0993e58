"""The REST API's addresses below /api/v1/."""

from django.urls import path

from scores import views

urlpatterns = [
    path("scoreboard", views.ScoreboardView.as_view(), name="scoreboard"),
    path("scores/update", views.ScoreUpdateView.as_view(), name="score-update"),
    path("users/<path:user_id>/scores/history", views.ScoreHistoryView.as_view(), name="score-history"),
    path("action-types", views.ActionTypesView.as_view(), name="action-types"),
]
