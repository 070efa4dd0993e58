"""Scores: the ledger, its reads and writes, and the REST API for games."""

from django.apps import AppConfig

from scoreboard_project.runtime.metrics import register_collector
from scoreboard_project.tokens.principal import Scope, register_scope_permission
from scores.trust.detection.metrics import DetectorCollector


class ScoresConfig(AppConfig):
    name = "scores"
    verbose_name = "Scores"

    def ready(self) -> None:
        """Admin users who may view or add score events, or change scores, may also do so with a token."""
        register_collector(DetectorCollector())
        register_scope_permission(Scope.READ_ANY, "scores.view_scoreevent")
        register_scope_permission(Scope.WRITE_ANY, "scores.add_scoreevent")
        register_scope_permission(Scope.MODERATE, "scores.change_userscore")
