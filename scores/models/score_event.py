"""The append-only ledger: one row per action of a user, opening balance or reversal."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from scores.models.user_score import UserScore

# Types of the events that imports, reversals and moderators' awards write. They are not actions of the user, and games
# cannot report them.
OPENING_BALANCE = "IMPORTED_SCORE"
REVERSAL = "REVERSAL"
ADJUSTMENT = "ADJUSTMENT"
OPERATOR_TYPES = (OPENING_BALANCE, REVERSAL, ADJUSTMENT)


class PlainJsonField(models.JSONField):
    """A `json` column: keeps numbers as they were sent, which `jsonb` does not (1e300 becomes 301 digits)."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The specification's column type."""
        return "json"

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Appears in migrations as Django's own JSONField, so that they import nothing from here."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401
        """psycopg has decoded it already."""
        return value


class ScoreEvent(models.Model):
    """One action, opening balance or reversal, and what it was worth.

    Partitioned by month; the primary key in SQL is (event_id, created_at).
    """

    event_id = models.CharField(max_length=255, primary_key=True)
    # No constraint in SQL: the statement that writes events and a trigger on the deletion of users guarantee the user.
    user = models.ForeignKey(
        UserScore, on_delete=models.DO_NOTHING, db_column="user_id", related_name="+", db_constraint=False
    )
    action_id = models.CharField(max_length=255)
    request_id = models.CharField(max_length=255)
    action_type = models.CharField(max_length=50)
    score_increment = models.BigIntegerField()
    score_after = models.BigIntegerField(help_text="The user's score right after this action.")
    metadata = PlainJsonField(null=True, blank=True)
    ip_address = models.CharField(max_length=45, blank=True, default="")
    user_agent = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        """The first migration creates the table and its indexes in SQL: Django cannot create partitioned tables."""

        db_table = "score_events"
        ordering: ClassVar = ["-created_at", "-event_id"]

    def __str__(self) -> str:
        return self.event_id
