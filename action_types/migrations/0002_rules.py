"""The rules of action types, and how a write learns that a type has some."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

# apply_score_actions.sql calls it for an action whose rules nobody has looked at. It writes nothing then, and is tried
# again with the rules.
REFUSE_UNJUDGED = """
CREATE FUNCTION refuse_unjudged(action_type text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'SB001', MESSAGE = format('Action type %s has rules', action_type);
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("action_types", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="actiontype",
            name="cooldown_seconds",
            field=models.IntegerField(
                blank=True,
                help_text="How long a user waits after an action of this type for the next.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(2147483647),
                ],
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="max_ever",
            field=models.IntegerField(
                blank=True,
                help_text="For each user.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(2147483647),
                ],
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="max_per_day",
            field=models.IntegerField(
                blank=True,
                help_text="For each user, from midnight to midnight UTC.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(2147483647),
                ],
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="max_per_hour",
            field=models.IntegerField(
                blank=True,
                help_text="For each user, in any 3,600 seconds.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10000),
                ],
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="max_per_minute",
            field=models.IntegerField(
                blank=True,
                help_text="For each user, in any 60 seconds.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10000),
                ],
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="metadata_schema",
            field=models.JSONField(
                blank=True,
                help_text="A JSON Schema (draft 2020-12) that the metadata must match. An empty field is no rule.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="requires_action_type",
            field=models.ForeignKey(
                blank=True,
                db_column="requires_action_type",
                help_text="The user must have done actions of this type before.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="action_types.actiontype",
                verbose_name="requires",
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="requires_count",
            field=models.IntegerField(
                blank=True,
                help_text="How many of them.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(2147483647),
                ],
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="server_only",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Only tokens with the scope scores:write:any may report it."
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="valid_from",
            field=models.DateTimeField(blank=True, help_text="UTC. Earlier actions are refused.", null=True),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="valid_until",
            field=models.DateTimeField(blank=True, help_text="UTC. Actions from then on are refused.", null=True),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_per_minute__gte", 1)), name="action_types_max_per_minute"
            ),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_per_hour__gte", 1)), name="action_types_max_per_hour"
            ),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_per_day__gte", 1)), name="action_types_max_per_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(condition=models.Q(("max_ever__gte", 1)), name="action_types_max_ever"),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("cooldown_seconds__gte", 1)), name="action_types_cooldown_seconds"
            ),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("requires_count__gte", 1)), name="action_types_requires_count"
            ),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_from__lt", models.F("valid_until"))),
                name="action_types_valid_times",
                violation_error_message="Valid from must be earlier than valid until.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("requires_action_type__isnull", True), ("requires_count__isnull", True)),
                    models.Q(("requires_action_type__isnull", False), ("requires_count__isnull", False)),
                    _connector="OR",
                ),
                name="action_types_requires",
                violation_error_message="Give both the required action type and how many, or neither.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("requires_action_type", models.F("action_type")), _negated=True),
                name="action_types_requires_another",
                violation_error_message="An action type cannot require itself.",
            ),
        ),
        migrations.AddField(
            model_name="actiontype",
            name="is_ruled",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Q(
                    ("max_per_minute__isnull", False),
                    ("max_per_hour__isnull", False),
                    ("max_per_day__isnull", False),
                    ("max_ever__isnull", False),
                    ("cooldown_seconds__isnull", False),
                    ("metadata_schema__isnull", False),
                    ("valid_from__isnull", False),
                    ("valid_until__isnull", False),
                    ("requires_action_type__isnull", False),
                    ("requires_count__isnull", False),
                    ("server_only", True),
                    _connector="OR",
                ),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.RunSQL(REFUSE_UNJUDGED, "DROP FUNCTION refuse_unjudged(text)"),
    ]
