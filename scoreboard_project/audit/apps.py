"""The audit as a Django app, with the table of entries."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "scoreboard_project.audit"
    verbose_name = "Audit"
