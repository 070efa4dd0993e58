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
    revoked_before = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="When those tokens have expired. Null: nobody knows.")
    changed_at = models.DateTimeField()

    class Meta:
        """Each process looks for what changed since; by expiry to purge."""

        db_table = "token_revocations"
        indexes: ClassVar = [
            models.Index(fields=["changed_at"], name="idx_revocations_changed"),
            models.Index(fields=["expires_at"], name="idx_revocations_expiry"),
        ]

    def __str__(self) -> str:
        return self.user_id


class SigningKey(models.Model):
    """A key that signs, or signed, our tokens. The last one whose time has come signs; the others only verify.

    A row without keys stands for the key in the settings.
    """

    kid = models.CharField(max_length=64, primary_key=True, db_collation="C")
    public_key = models.TextField(blank=True, help_text="PEM.")
    private_key = models.TextField(blank=True, help_text="PEM, encrypted by a key that follows from DJANGO_SECRET_KEY.")
    signs_from = models.DateTimeField()
    verifies_until = models.DateTimeField(null=True, help_text="When its last token has expired. Null: no key follows.")
    last_expiry = models.BigIntegerField(default=0, help_text="Of its tokens for longer than usual, in unix seconds.")
    changed_at = models.DateTimeField()

    class Meta:
        """Few rows: no index."""

        db_table = "signing_keys"

    def __str__(self) -> str:
        return self.kid
