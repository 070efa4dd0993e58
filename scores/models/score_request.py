"""The request ids that were used: what decides whether an action is new."""

from typing import ClassVar

from django.db import models


class ScoreRequest(models.Model):
    """Decides duplicates: a partitioned table cannot hold `unique (user_id, request_id)`, this one does."""

    pk = models.CompositePrimaryKey("user_id", "request_id")
    user_id = models.CharField(max_length=255, db_collation="C")
    request_id = models.CharField(max_length=255, db_collation="C")
    action_id = models.CharField(max_length=255)
    fingerprint = models.BinaryField(help_text="SHA-256 of what was asked, to tell a retry from another request.")
    created_at = models.DateTimeField(help_text="Not later than the event's time.")

    class Meta:
        """The purge walks created_at."""

        db_table = "score_requests"
        indexes: ClassVar = [
            # maintain_partitions: the requests past retention.
            models.Index(fields=["created_at"], name="idx_requests_created"),
        ]

    def __str__(self) -> str:
        return self.request_id
