"""How many actions of a type a user did, for the rules of action types that have limits."""

from django.db import models


class ActionTally(models.Model):
    """A count that survives the retention of score events. Only types with limits, or required by others, have some.

    It counts the user's score events of the type up to `counted_to`; later ones are counted when a rule asks again.
    """

    pk = models.CompositePrimaryKey("user_id", "action_type")
    user_id = models.CharField(max_length=255, db_collation="C")
    action_type = models.CharField(max_length=50)
    total = models.BigIntegerField(default=0, db_default=0)
    last_at = models.DateTimeField(null=True, help_text="When the user last did one.")
    day = models.DateField(null=True, help_text="The UTC day of `day_total`.")
    day_total = models.IntegerField(default=0, db_default=0)
    counted_to = models.DateTimeField(null=True, help_text="The time of the last score event that was looked at.")

    class Meta:
        """Locked for each action that counts: see `scores/services/judged.py`."""

        db_table = "action_tallies"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.total} {self.action_type}"
