"""Action types whose actions wait for a moderator. PostgreSQL cannot change a generated column: it is made anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("action_types", "0003_default_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="actiontype",
            name="hold_scores",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Actions wait for a moderator, who approves or rejects them, before they count.",
            ),
        ),
        migrations.RemoveField(model_name="actiontype", name="is_ruled"),
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
                    ("hold_scores", True),
                    _connector="OR",
                ),
                output_field=models.BooleanField(),
            ),
        ),
    ]
