"""Scores: the ledger, its reads and writes, and the REST API for games."""

from django.apps import AppConfig

from scoreboard_project.tokens.principal import Scope, register_scope_permission


class ScoresConfig(AppConfig):
    """Models, services (write), selectors (read), views and commands."""

    name = "scores"
    verbose_name = "Scores"

    def ready(self) -> None:
        """A user of the admin who may see or add score events may also do so with a token."""
        register_scope_permission(Scope.READ_ANY, "scores.view_scoreevent")
        register_scope_permission(Scope.WRITE_ANY, "scores.add_scoreevent")
