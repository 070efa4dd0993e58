"""Actions that wait for a moderator. They are in no score, ledger or board until they are approved."""

from typing import ClassVar

from django.db import models

from scores.models.score_event import PlainJsonField

OPEN = models.Q(applied_at__isnull=True, state__in=("held", "approved"))


class HeldAction(models.Model):
    """An action in quarantine. Approved, it becomes a score event with the same action id."""

    class State(models.TextChoices):
        """What a moderator decided."""

        HELD = "held"
        APPROVED = "approved"
        REJECTED = "rejected"

    action_id = models.CharField(max_length=255, primary_key=True)
    user_id = models.CharField(max_length=255, db_collation="C")
    username = models.CharField(max_length=100)
    request_id = models.CharField(max_length=255, db_collation="C")
    action_type = models.CharField(max_length=50)
    score_increment = models.IntegerField(help_text="What the action was worth when it was reported.")
    score_then = models.BigIntegerField(help_text="The user's score in the answer.")
    metadata = PlainJsonField(null=True)
    ip_address = models.CharField(max_length=45, blank=True, default="")
    user_agent = models.TextField(blank=True, default="")
    created_at = models.DateTimeField("reported at")
    state = models.CharField(max_length=8, choices=State, default=State.HELD, db_default=State.HELD)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=300, blank=True, default="", db_default="")
    reason = models.TextField(blank=True, default="", db_default="")
    applied_at = models.DateTimeField(null=True, blank=True, help_text="When the approved action was counted.")

    class Meta:
        db_table = "held_actions"
        ordering: ClassVar = ["created_at", "action_id"]
        indexes: ClassVar = [
            # The queue of the moderators, and approved actions that are not counted yet.
            models.Index(fields=["created_at", "action_id"], name="idx_held_open", condition=OPEN),
            # The limits of action types, and everything of a user.
            models.Index(fields=["user_id", "action_type", "created_at"], name="idx_held_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.action_type} {self.score_increment:+}"
