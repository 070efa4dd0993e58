"""Counts of actions, for the rules of action types."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scores", "0002_hidden_users"),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionTally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user_id", "action_type", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("user_id", models.CharField(db_collation="C", max_length=255)),
                ("action_type", models.CharField(max_length=50)),
                ("total", models.BigIntegerField(db_default=0, default=0)),
                ("last_at", models.DateTimeField(help_text="When the user last did one.", null=True)),
                ("day", models.DateField(help_text="The UTC day of `day_total`.", null=True)),
                ("day_total", models.IntegerField(db_default=0, default=0)),
                (
                    "counted_to",
                    models.DateTimeField(help_text="The time of the last score event that was looked at.", null=True),
                ),
            ],
            options={
                "db_table": "action_tallies",
            },
        ),
    ]
