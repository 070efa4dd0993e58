"""A reversal of many events by a moderator: what was chosen, so that it can be finished and undone later."""

from typing import ClassVar

from django.db import models


class Moderation(models.Model):
    """The reversals that it made name it in their metadata."""

    moderation_id = models.CharField(max_length=64, primary_key=True)
    # `scores.trust.selections.Selection` with its end, so that it always chooses the same events.
    selection = models.JSONField()
    reason = models.TextField()
    who = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "moderations"
        ordering: ClassVar = ["-moderation_id"]

    def __str__(self) -> str:
        return self.moderation_id
