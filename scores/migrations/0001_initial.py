"""The tables of the specification; `score_events` by its own SQL, since Django has no partitioned tables."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

import scores.models.score_event

SCORE_EVENTS_SQL = Path(__file__).resolve().parent.parent / "sql" / "score_events.sql"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="UserScore",
            fields=[
                ("user_id", models.CharField(db_collation="C", max_length=255, primary_key=True, serialize=False)),
                ("username", models.CharField(max_length=100)),
                ("current_score", models.BigIntegerField(db_default=0, default=0)),
                (
                    "rank",
                    models.IntegerField(
                        blank=True,
                        help_text="A snapshot by reindex_ranks. Live ranks come from the rank index.",
                        null=True,
                    ),
                ),
                ("last_updated", models.DateTimeField(help_text="When the score last moved.")),
                ("total_actions", models.IntegerField(db_default=0, default=0)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "users_scores",
                "ordering": ["user_id"],
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("current_score"), descending=True),
                        models.F("last_updated"),
                        models.F("user_id"),
                        name="idx_score_rank",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("current_score__gte", -(2**53)), ("current_score__lte", 2**53)),
                        name="users_scores_exact_in_json",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreRequest",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user_id", "request_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("user_id", models.CharField(db_collation="C", max_length=255)),
                ("request_id", models.CharField(db_collation="C", max_length=255)),
                ("action_id", models.CharField(max_length=255)),
                (
                    "fingerprint",
                    models.BinaryField(help_text="SHA-256 of what was asked, to tell a retry from another request."),
                ),
                ("created_at", models.DateTimeField(help_text="Not later than the event's time.")),
            ],
            options={
                "db_table": "score_requests",
                "indexes": [models.Index(fields=["created_at"], name="idx_requests_created")],
            },
        ),
        migrations.RunSQL(
            SCORE_EVENTS_SQL.read_text(encoding="utf-8"),
            "DROP TABLE score_events",
            state_operations=[
                migrations.CreateModel(
                    name="ScoreEvent",
                    fields=[
                        ("event_id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                        ("action_id", models.CharField(max_length=255)),
                        ("request_id", models.CharField(max_length=255)),
                        ("action_type", models.CharField(max_length=50)),
                        ("score_increment", models.IntegerField()),
                        (
                            "score_after",
                            models.BigIntegerField(help_text="The user's score right after this action."),
                        ),
                        ("metadata", scores.models.score_event.PlainJsonField(blank=True, null=True)),
                        ("ip_address", models.CharField(blank=True, default="", max_length=45)),
                        ("user_agent", models.TextField(blank=True, default="")),
                        ("created_at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                db_column="user_id",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="scores.userscore",
                            ),
                        ),
                    ],
                    options={"db_table": "score_events", "ordering": ["-created_at", "-event_id"]},
                )
            ],
        ),
    ]
