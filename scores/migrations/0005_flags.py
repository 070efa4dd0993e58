"""What detectors found odd, how far they have come, and what is usual."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scores", "0004_held_actions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Detector",
            fields=[
                ("kind", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("looked_until", models.DateTimeField(help_text="It has looked at all events before this time.")),
                ("flags", models.BigIntegerField(db_default=0, default=0, help_text="How many it ever made.")),
                (
                    "failures",
                    models.BigIntegerField(db_default=0, default=0, help_text="How often it stopped with an error."),
                ),
            ],
            options={
                "db_table": "detectors",
            },
        ),
        migrations.CreateModel(
            name="UsualHour",
            fields=[
                ("hour", models.DateTimeField(primary_key=True, serialize=False)),
                ("counts", models.JSONField()),
            ],
            options={
                "db_table": "usual_hours",
            },
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                ("flag_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=30)),
                ("user_id", models.CharField(db_collation="C", max_length=255)),
                ("day", models.DateField()),
                ("seen_from", models.DateTimeField()),
                ("seen_until", models.DateTimeField()),
                ("severity", models.SmallIntegerField(choices=[(1, "Low"), (2, "Medium"), (3, "High")])),
                ("evidence", models.JSONField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("confirmed", "Confirmed"), ("dismissed", "Dismissed")],
                        db_default="open",
                        default="open",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, db_default="", default="", max_length=300)),
                ("reason", models.TextField(blank=True, db_default="", default="")),
            ],
            options={
                "db_table": "flags",
                "indexes": [
                    models.Index(fields=["status", "-severity", "-flag_id"], name="idx_flags_queue"),
                    models.Index(fields=["kind", "status", "-severity", "-flag_id"], name="idx_flags_kind"),
                ],
                "constraints": [models.UniqueConstraint(fields=("user_id", "kind", "day"), name="flags_once_a_day")],
            },
        ),
    ]
