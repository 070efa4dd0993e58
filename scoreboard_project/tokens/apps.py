"""Tokens as a Django app, so that Django finds `manage.py issue_token`."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "scoreboard_project.tokens"
