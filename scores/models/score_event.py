"""The truth: one row a user, and an append-only ledger of score events, one row an action.

Always `current_score = sum of score_increment` and `total_actions = count`, for every user, at every commit.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# Exact in JSON, in a sorted set's double and in JavaScript.
MAX_SCORE = 2**53

# The board's order, everywhere: the first to reach a score stays ahead. `leaderboard.rank_index` has the same order.
BOARD_ORDER = ("-current_score", "last_updated", "user_id")


class PlainJsonField(models.JSONField):
    """A `json` column: keeps numbers as they were sent, which `jsonb` does not (1e300 becomes 301 digits)."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The specification's column type."""
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401
        """psycopg has decoded it already."""
        return value


class UserScore(models.Model):
    """A user's score. Written only by `scores.services.apply.apply_score_actions`."""

    user_id = models.CharField(max_length=255, primary_key=True, db_collation="C")
    username = models.CharField(max_length=100)
    current_score = models.BigIntegerField(default=0, db_default=0)
    rank = models.IntegerField(
        null=True, blank=True, help_text="A snapshot by reindex_ranks. Live ranks come from the rank index."
    )
    last_updated = models.DateTimeField(help_text="When the score last moved.")
    total_actions = models.IntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()

    class Meta:
        """Table, constraint and index of the specification; its idx_user_lookup is the primary key."""

        db_table = "users_scores"
        ordering: ClassVar = ["user_id"]
        indexes: ClassVar = [
            # The top of the board, a page by SQL, and counting those ahead of a row: exactly BOARD_ORDER.
            models.Index(
                models.F("current_score").desc(), models.F("last_updated"), models.F("user_id"), name="idx_score_rank"
            ),
            # The admin's search: the first letters of a username.
            models.Index(fields=["username"], opclasses=["varchar_pattern_ops"], name="idx_username_prefix"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(current_score__gte=-MAX_SCORE, current_score__lte=MAX_SCORE),
                name="users_scores_exact_in_json",
            ),
        ]

    def __str__(self) -> str:
        return self.user_id


class ScoreEvent(models.Model):
    """One action and what it was worth then. Partitioned by month; the database's key is (event_id, created_at)."""

    event_id = models.CharField(max_length=255, primary_key=True)
    user = models.ForeignKey(UserScore, on_delete=models.DO_NOTHING, db_column="user_id", related_name="+")
    action_id = models.CharField(max_length=255)
    request_id = models.CharField(max_length=255)
    action_type = models.CharField(max_length=50)
    score_increment = models.IntegerField()
    score_after = models.BigIntegerField(help_text="The user's score right after this action.")
    metadata = PlainJsonField(null=True, blank=True)
    ip_address = models.CharField(max_length=45, blank=True, default="")
    user_agent = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        """Made by hand in the first migration, with its indexes: Django has no partitioned tables."""

        db_table = "score_events"
        ordering: ClassVar = ["-created_at", "-event_id"]

    def __str__(self) -> str:
        return self.event_id


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
