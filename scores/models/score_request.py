"""The request ids already used. They decide whether an action is new or a duplicate."""

from typing import ClassVar

from django.db import models


class ScoreRequest(models.Model):
    """One used request id. Unique by (user_id, request_id), which the partitioned ledger cannot enforce."""

    pk = models.CompositePrimaryKey("user_id", "request_id")
    user_id = models.CharField(max_length=255, db_collation="C")
    request_id = models.CharField(max_length=255, db_collation="C")
    action_id = models.CharField(max_length=255)
    fingerprint = models.BinaryField(help_text="SHA-256 of the request, to tell a retry from a different request.")
    created_at = models.DateTimeField(help_text="Never later than the time of the score event.")

    class Meta:
        db_table = "score_requests"
        indexes: ClassVar = [
            # maintain_partitions: finds requests past retention.
            models.Index(fields=["created_at"], name="idx_requests_created"),
        ]

    def __str__(self) -> str:
        return self.request_id
