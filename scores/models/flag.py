"""What the detectors found odd, and what a moderator made of it; and how far each detector has come."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Flag(models.Model):
    """One for each kind, user and UTC day, however often the same was seen on that day."""

    class Severity(models.IntegerChoices):
        LOW = 1
        MEDIUM = 2
        HIGH = 3

    class Status(models.TextChoices):
        """What a moderator decided."""

        OPEN = "open"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"

    flag_id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=30)
    user_id = models.CharField(max_length=255, db_collation="C")
    day = models.DateField()
    # The time that the detector looked at: the first on that day in which it was seen.
    seen_from = models.DateTimeField()
    seen_until = models.DateTimeField()
    severity = models.SmallIntegerField(choices=Severity)
    # What was found, as numbers and names. The detector puts it into words.
    evidence = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN, db_default=Status.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=300, blank=True, default="", db_default="")
    reason = models.TextField(blank=True, default="", db_default="")

    class Meta:
        db_table = "flags"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user_id", "kind", "day"], name="flags_once_a_day"),
        ]
        indexes: ClassVar = [
            # The queue: the worst first, then the newest.
            models.Index(fields=["status", "-severity", "-flag_id"], name="idx_flags_queue"),
            models.Index(fields=["kind", "status", "-severity", "-flag_id"], name="idx_flags_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} on {self.day}"


class Detector(models.Model):
    """A row for each kind of flag. Whoever looks at the next window holds its lock."""

    kind = models.CharField(max_length=30, primary_key=True)
    looked_until = models.DateTimeField(help_text="It has looked at all events before this time.")
    flags = models.BigIntegerField(default=0, db_default=0, help_text="How many it ever made.")
    failures = models.BigIntegerField(default=0, db_default=0, help_text="How often it stopped with an error.")

    class Meta:
        db_table = "detectors"

    def __str__(self) -> str:
        return self.kind


class UsualHour(models.Model):
    """What was usual in an hour of the ledger. It follows from the score events, and is made again if it is missing."""

    hour = models.DateTimeField(primary_key=True)
    counts = models.JSONField()

    class Meta:
        db_table = "usual_hours"

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M}"
