"""The table of action types, with the eight types of the specification."""

import django.core.validators
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ACTION_TYPES = (
    ("LEVEL_COMPLETE", 150, "Complete a game level", "gameplay"),
    ("ACHIEVEMENT_UNLOCK", 300, "Unlock an achievement", "progression"),
    ("DAILY_BONUS", 50, "Daily login bonus", "engagement"),
    ("CHALLENGE_WIN", 500, "Win a challenge", "competition"),
    ("BOSS_DEFEAT", 1000, "Defeat a boss enemy", "gameplay"),
    ("PERFECT_SCORE", 200, "Achieve perfect score", "performance"),
    ("STREAK_BONUS", 100, "Maintain winning streak", "performance"),
    ("FIRST_TIME_BONUS", 250, "First time completing action", "progression"),
)


def insert_action_types(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    action_type = apps.get_model("action_types", "ActionType")
    action_type.objects.bulk_create(
        action_type(action_type=code, score_value=value, description=description, category=category)
        for code, value, description, category in ACTION_TYPES
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="ActionType",
            fields=[
                (
                    "action_type",
                    models.CharField(
                        help_text="What games send as actionType. It cannot be changed later.",
                        max_length=50,
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][A-Z0-9_]{0,49}$",
                                "Use capital letters, digits and underscores, as in LEVEL_COMPLETE.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                (
                    "score_value",
                    models.IntegerField(
                        help_text="Points for one action; may be negative. Applies from the next action on."
                    ),
                ),
                ("description", models.TextField(blank=True, default="")),
                ("category", models.CharField(blank=True, default="", max_length=50)),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Actions of an inactive type are refused.", verbose_name="active"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "action_types",
                "ordering": ["action_type"],
                "indexes": [models.Index(fields=["is_active", "action_type"], name="idx_active_actions")],
            },
        ),
        migrations.RunPython(insert_action_types, migrations.RunPython.noop),
    ]
