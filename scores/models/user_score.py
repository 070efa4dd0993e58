"""One row per user: the score, and what the board's order needs."""

from typing import ClassVar

from django.db import models

# Integers up to this are exact in JSON, in JavaScript and in the doubles of a Redis sorted set.
MAX_SCORE = 2**53

# The board's order everywhere: the first user to reach a score stays ahead. `leaderboard.rank_index` sorts likewise.
BOARD_ORDER = ("-current_score", "last_updated", "user_id")


class OnTheBoard(models.Manager["UserScore"]):
    """The users who are not hidden."""

    def get_queryset(self) -> "models.QuerySet[UserScore]":
        return super().get_queryset().filter(is_hidden=False)


class UserScore(models.Model):
    """A user's score. Written only by `scores.services.apply.apply_score_actions`."""

    user_id = models.CharField(max_length=255, primary_key=True, db_collation="C")
    username = models.CharField(max_length=100)
    current_score = models.BigIntegerField(default=0, db_default=0)
    rank = models.IntegerField(
        null=True, blank=True, help_text="A snapshot that reindex_ranks writes. Live ranks come from the rank index."
    )
    last_updated = models.DateTimeField(help_text="When the score last changed.")
    total_actions = models.IntegerField(
        default=0, db_default=0, help_text="What the user did: reversals and opening balances do not count."
    )
    version = models.BigIntegerField(
        default=0, db_default=0, help_text="The number of score events. The rank index ignores older versions."
    )
    created_at = models.DateTimeField()
    is_hidden = models.BooleanField(
        "hidden",
        default=False,
        db_default=False,
        help_text="A moderator hid or banned the user, who is on no board. Scores are still recorded.",
    )
    is_held = models.BooleanField(
        "held",
        default=False,
        db_default=False,
        help_text="The user's actions wait for a moderator before they count.",
    )

    objects = models.Manager["UserScore"]()
    on_the_board = OnTheBoard()

    class Meta:
        """As in the specification; its idx_user_lookup is the primary key here."""

        db_table = "users_scores"
        ordering: ClassVar = ["user_id"]
        indexes: ClassVar = [
            # The top of the board, pages by SQL, and counting the users ahead of a row. Exactly BOARD_ORDER. Without
            # hidden users, so that leaving them out costs nothing.
            models.Index(
                models.F("current_score").desc(),
                models.F("last_updated"),
                models.F("user_id"),
                name="idx_score_rank",
                condition=models.Q(is_hidden=False),
            ),
            # The few users who are held, in the admin.
            models.Index(fields=["user_id"], name="idx_held_users", condition=models.Q(is_held=True)),
            # Admin search by the first letters of a username.
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
