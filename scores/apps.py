"""Scores: the ledger, its reads and writes, and the REST API for games."""

from django.apps import AppConfig


class ScoresConfig(AppConfig):
    """Models, services (write), selectors (read), views and commands."""

    name = "scores"
    verbose_name = "Scores"
