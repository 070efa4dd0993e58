"""Tokens and the keys that verify them."""

from django.urls import path

from scoreboard_project.tokens.api.jwks import jwks
from scoreboard_project.tokens.api.token import TokenView
from scoreboard_project.tokens.api.token_refresh import TokenRefreshView

urlpatterns = [
    path("api/v1/auth/token", TokenView.as_view(), name="token"),
    path("api/v1/auth/token/refresh", TokenRefreshView.as_view(), name="token-refresh"),
    path(".well-known/jwks.json", jwks, name="jwks"),
]
