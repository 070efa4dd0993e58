"""What must be stored about tokens, which are otherwise valid by their signature alone."""

from typing import ClassVar

from django.db import models


class RefreshFamily(models.Model):
    """One login: the refresh tokens that follow from it, of which only the last one is unspent.

    A family that is not there has ended, and so have its tokens.
    """

    family = models.UUIDField(primary_key=True)
    user_id = models.CharField(max_length=255, db_collation="C")
    serial = models.PositiveBigIntegerField(help_text="The number of the unspent token, counted from 1.")
    issued_at = models.BigIntegerField(help_text="When that token was issued, in unix seconds.")
    expires_at = models.BigIntegerField(help_text="When that token expires, in unix seconds.")

    class Meta:
        """By user to end all of them, by expiry to purge."""

        db_table = "refresh_families"
        indexes: ClassVar = [
            models.Index(fields=["user_id"], name="idx_families_user"),
            models.Index(fields=["expires_at"], name="idx_families_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.family}"


class TokenRevocation(models.Model):
    """The tokens of a user that were issued before a time are refused. The user need not have scored."""

    user_id = models.CharField(max_length=255, primary_key=True, db_collation="C")
    revoked_before = models.DateTimeField(help_text="A whole second: tokens tell no parts of one.")
    changed_at = models.DateTimeField()

    class Meta:
        """Each process looks for what changed since."""

        db_table = "token_revocations"
        indexes: ClassVar = [models.Index(fields=["changed_at"], name="idx_revocations_changed")]

    def __str__(self) -> str:
        return self.user_id
