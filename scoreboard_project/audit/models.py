"""The audit entries. PostgreSQL refuses to change or remove them: see the first migration."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

MAX_NAME_LENGTH = 300


class AuditEntry(models.Model):
    """One change by a person or a command. Written by `scoreboard_project.audit.entries.record_change` alone."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("time (UTC)", db_default=Now())
    who = models.CharField(
        max_length=MAX_NAME_LENGTH, help_text="staff:<username>, token:<user id> or command:<name of the command>."
    )
    origin = models.CharField(
        "from where",
        max_length=MAX_NAME_LENGTH,
        blank=True,
        help_text="The client's address; for commands, the account of the operating system and the host.",
    )
    what = models.CharField(max_length=50, help_text="What was done, such as action_type.changed.")
    target = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, help_text="Such as user:ana. May be empty.")
    why = models.TextField(blank=True)
    old = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    new = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=255, blank=True)

    class Meta:
        """Each index ends with the id, so that the newest entries of a search come first without a sort."""

        db_table = "audit_entries"
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["who", "id"], name="idx_audit_who"),
            models.Index(fields=["what", "id"], name="idx_audit_what"),
            models.Index(fields=["target", "id"], name="idx_audit_target"),
            models.Index(fields=["request_id", "id"], name="idx_audit_request"),
            models.Index(fields=["at"], name="idx_audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.target}".strip()
