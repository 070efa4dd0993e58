"""Actions that wait for a moderator, and users whose actions do."""

from django.db import migrations, models

# apply_score_actions.sql calls it for a user whom a moderator holds. It writes nothing then, and is tried again with a
# look at who is held.
REFUSE_HELD = """
CREATE FUNCTION refuse_held(user_id text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'SB001', MESSAGE = format('User %s is held', user_id);
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scores", "0003_action_tallies"),
    ]

    operations = [
        migrations.AddField(
            model_name="userscore",
            name="is_held",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The user's actions wait for a moderator before they count.",
                verbose_name="held",
            ),
        ),
        migrations.CreateModel(
            name="HeldAction",
            fields=[
                ("action_id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("user_id", models.CharField(db_collation="C", max_length=255)),
                ("username", models.CharField(max_length=100)),
                ("request_id", models.CharField(db_collation="C", max_length=255)),
                ("action_type", models.CharField(max_length=50)),
                ("score_increment", models.IntegerField(help_text="What the action was worth when it was reported.")),
                ("score_then", models.BigIntegerField(help_text="The user's score in the answer.")),
                ("metadata", models.JSONField(null=True)),
                ("ip_address", models.CharField(blank=True, default="", max_length=45)),
                ("user_agent", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(verbose_name="reported at")),
                (
                    "state",
                    models.CharField(
                        choices=[("held", "Held"), ("approved", "Approved"), ("rejected", "Rejected")],
                        db_default="held",
                        default="held",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, db_default="", default="", max_length=300)),
                ("reason", models.TextField(blank=True, db_default="", default="")),
                (
                    "applied_at",
                    models.DateTimeField(blank=True, help_text="When the approved action was counted.", null=True),
                ),
            ],
            options={
                "db_table": "held_actions",
                "ordering": ["created_at", "action_id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("applied_at__isnull", True), ("state__in", ("held", "approved"))),
                        fields=["created_at", "action_id"],
                        name="idx_held_open",
                    ),
                    models.Index(fields=["user_id", "action_type", "created_at"], name="idx_held_user"),
                ],
            },
        ),
        # As in the ledger: what was sent comes back as it was.
        migrations.RunSQL("ALTER TABLE held_actions ALTER COLUMN metadata TYPE json", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE_HELD, "DROP FUNCTION refuse_held(text)"),
    ]
