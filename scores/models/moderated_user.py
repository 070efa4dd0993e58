"""Users whom a moderator hid or banned. The row stays when that is undone: the rank index is corrected by its time."""

from typing import ClassVar

from django.db import models

# Changes commit one after another, each with a later time, so that the latest time tells whether there was one.
IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('moderated_users'))"


class ModeratedUser(models.Model):
    """`users_scores.is_hidden` follows from it: a banned user is hidden too. A banned user need not have scored yet."""

    user_id = models.CharField(max_length=255, primary_key=True, db_collation="C")
    is_hidden = models.BooleanField(default=False, db_default=False, help_text="Hidden, whether banned or not.")
    is_banned = models.BooleanField(default=False, db_default=False, help_text="The user's tokens are refused.")
    changed_at = models.DateTimeField()

    class Meta:
        """The reconcile pass and each process's list of banned users look for what changed since."""

        db_table = "moderated_users"
        indexes: ClassVar = [models.Index(fields=["changed_at"], name="idx_moderated_changed")]

    def __str__(self) -> str:
        return self.user_id

    @property
    def is_invisible(self) -> bool:
        return self.is_hidden or self.is_banned
