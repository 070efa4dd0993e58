"""The action types: the server's list of what a game may report, and what each is worth."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from action_types.rules import Rules

MAX_CODE_LENGTH = 50
CODE_PATTERN = r"^[A-Z][A-Z0-9_]{0,49}$"


class ActionType(Rules):
    """One kind of action, and its rules.

    Its code never changes, because score events name it. Its value and its rules may change at any time.
    """

    action_type = models.CharField(
        "code",
        max_length=MAX_CODE_LENGTH,
        primary_key=True,
        validators=[RegexValidator(CODE_PATTERN, "Use capital letters, digits and underscores, as in LEVEL_COMPLETE.")],
        help_text="What games send as actionType. It cannot be changed later.",
    )
    score_value = models.IntegerField(
        help_text="Points for one action; may be negative. Applies from the next action on."
    )
    description = models.TextField(blank=True, default="")
    category = models.CharField(max_length=50, blank=True, default="")
    is_active = models.BooleanField("active", default=True, help_text="Actions of an inactive type are refused.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(Rules.Meta):
        """The table of the specification, with columns for the rules."""

        abstract = False
        db_table = "action_types"
        ordering: ClassVar = ["action_type"]
        indexes: ClassVar = [
            # GET /api/v1/action-types: the active ones in the order of their codes.
            models.Index(fields=["is_active", "action_type"], name="idx_active_actions"),
        ]

    def __str__(self) -> str:
        return self.action_type
