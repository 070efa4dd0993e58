"""Tokens as a Django app: `manage.py issue_token`."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "scoreboard_project.tokens"
