"""The rules of an action type: what refuses an action although its type is active. `scores` applies them."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from action_types.metadata_schemas import check_schema
from action_types.schema_structure import InvalidSchema

# More within an hour would make each action read as many times.
MAX_IN_AN_HOUR = 10_000
MOST = 2**31 - 1
RULE_FIELDS = (
    "max_per_minute",
    "max_per_hour",
    "max_per_day",
    "max_ever",
    "cooldown_seconds",
    "metadata_schema",
    "server_only",
    "hold_scores",
    "valid_from",
    "valid_until",
    "requires_action_type",
    "requires_count",
)
SWITCHES = ("server_only", "hold_scores")


def _count(help_text: str, most: int = MOST) -> Any:  # noqa: ANN401 - Django's field
    limits = [MinValueValidator(1), MaxValueValidator(most)]
    return models.IntegerField(null=True, blank=True, validators=limits, help_text=help_text)


class Rules(models.Model):
    """The columns of the rules. Null, or false, means that there is no such rule."""

    max_per_minute = _count("For each user, in any 60 seconds.", MAX_IN_AN_HOUR)
    max_per_hour = _count("For each user, in any 3,600 seconds.", MAX_IN_AN_HOUR)
    max_per_day = _count("For each user, from midnight to midnight UTC.")
    max_ever = _count("For each user.")
    cooldown_seconds = _count("How long a user waits after an action of this type for the next.")
    metadata_schema = models.JSONField(
        null=True,
        blank=True,
        help_text=("A JSON Schema (draft 2020-12) that the metadata must match. An empty field is no rule."),
    )
    server_only = models.BooleanField(
        default=False, db_default=False, help_text="Only tokens with the scope scores:write:any may report it."
    )
    hold_scores = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Actions wait for a moderator, who approves or rejects them, before they count.",
    )
    valid_from = models.DateTimeField(null=True, blank=True, help_text="UTC. Earlier actions are refused.")
    valid_until = models.DateTimeField(null=True, blank=True, help_text="UTC. Actions from then on are refused.")
    requires_action_type = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_column="requires_action_type",
        related_name="+",
        verbose_name="requires",
        help_text="The user must have done actions of this type before.",
    )
    requires_count = _count("How many of them.")
    # Computed by PostgreSQL. The write asks no more of a type without rules than this.
    is_ruled = models.GeneratedField(
        expression=Q(  # type: ignore[arg-type] # it is one: the stubs lag behind
            *((f"{field}__isnull", False) for field in RULE_FIELDS if field not in SWITCHES),
            *((field, True) for field in SWITCHES),
            _connector=Q.OR,
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        abstract = True
        constraints: ClassVar = [
            *(
                models.CheckConstraint(condition=Q((f"{field}__gte", 1)), name=f"action_types_{field}")
                for field in RULE_FIELDS
                if field.startswith("max_") or field.endswith(("_seconds", "_count"))
            ),
            models.CheckConstraint(
                condition=Q(valid_from__lt=F("valid_until")),
                name="action_types_valid_times",
                violation_error_message="Valid from must be earlier than valid until.",
            ),
            models.CheckConstraint(
                condition=Q(requires_action_type__isnull=True, requires_count__isnull=True)
                | Q(requires_action_type__isnull=False, requires_count__isnull=False),
                name="action_types_requires",
                violation_error_message="Give both the required action type and how many, or neither.",
            ),
            models.CheckConstraint(
                condition=~Q(requires_action_type=F("action_type")),
                name="action_types_requires_another",
                violation_error_message="An action type cannot require itself.",
            ),
        ]

    def clean(self) -> None:
        """Raises ValidationError for a schema that cannot be used, with the reason."""
        super().clean()
        if self.metadata_schema is not None:
            try:
                check_schema(self.metadata_schema)
            except InvalidSchema as problem:
                raise ValidationError({"metadata_schema": str(problem)}) from None
        # The constraint says the same, but the admin does not check it: the code is read-only there.
        if self.pk and self.requires_action_type == self:
            raise ValidationError({"requires_action_type": "An action type cannot require itself."})
