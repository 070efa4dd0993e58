"""Users whom moderators hid or banned, and the board's index without them.

Not in a transaction: the index is built beside the old one while writes go on. If it is interrupted, drop the index
`idx_score_rank_next` and begin again.
"""

from django.db import migrations, models

MODERATED_USERS = """
CREATE TABLE moderated_users (
    user_id varchar(255) COLLATE "C" NOT NULL PRIMARY KEY,
    is_hidden boolean NOT NULL DEFAULT false,
    is_banned boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL
);

CREATE INDEX idx_moderated_changed ON moderated_users (changed_at);

COMMENT ON INDEX idx_moderated_changed IS 'The reconcile pass and the processes'' lists of banned users: what is new.';
"""
IS_HIDDEN = "ALTER TABLE users_scores ADD COLUMN is_hidden boolean NOT NULL DEFAULT false"
NEXT_INDEX = """
CREATE INDEX CONCURRENTLY idx_score_rank_next ON users_scores (current_score DESC, last_updated, user_id)
WHERE NOT is_hidden
"""
OLD_INDEX = "CREATE INDEX idx_score_rank ON users_scores (current_score DESC, last_updated, user_id)"
RENAME = """
ALTER INDEX idx_score_rank_next RENAME TO idx_score_rank;
COMMENT ON INDEX idx_score_rank IS 'The board''s order: top rows, pages by SQL, and counting the users ahead of a row.';
"""
BOARD_ORDER = (
    models.OrderBy(models.F("current_score"), descending=True),
    models.F("last_updated"),
    models.F("user_id"),
)

MODERATED_USER = migrations.CreateModel(
    name="ModeratedUser",
    fields=[
        ("user_id", models.CharField(db_collation="C", max_length=255, primary_key=True, serialize=False)),
        (
            "is_hidden",
            models.BooleanField(db_default=False, default=False, help_text="Hidden, whether banned or not."),
        ),
        (
            "is_banned",
            models.BooleanField(db_default=False, default=False, help_text="The user's tokens are refused."),
        ),
        ("changed_at", models.DateTimeField()),
    ],
    options={
        "db_table": "moderated_users",
        "indexes": [models.Index(fields=["changed_at"], name="idx_moderated_changed")],
    },
)
HIDDEN_FIELD = migrations.AddField(
    model_name="userscore",
    name="is_hidden",
    field=models.BooleanField(
        db_default=False,
        default=False,
        help_text="A moderator hid or banned the user, who is on no board. Scores are still recorded.",
        verbose_name="hidden",
    ),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("scores", "0001_initial")]
    operations = [
        migrations.RunSQL(MODERATED_USERS, "DROP TABLE moderated_users", state_operations=[MODERATED_USER]),
        migrations.RunSQL(IS_HIDDEN, "ALTER TABLE users_scores DROP COLUMN is_hidden", state_operations=[HIDDEN_FIELD]),
        migrations.RunSQL(NEXT_INDEX, OLD_INDEX),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY idx_score_rank",
            migrations.RunSQL.noop,
            state_operations=[migrations.RemoveIndex(model_name="userscore", name="idx_score_rank")],
        ),
        migrations.RunSQL(
            RENAME,
            "DROP INDEX idx_score_rank",
            state_operations=[
                migrations.AddIndex(
                    model_name="userscore",
                    index=models.Index(*BOARD_ORDER, condition=models.Q(("is_hidden", False)), name="idx_score_rank"),
                )
            ],
        ),
        migrations.CreateModel(
            name="Moderation",
            fields=[
                ("moderation_id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("selection", models.JSONField()),
                ("reason", models.TextField()),
                ("who", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"db_table": "moderations", "ordering": ["-moderation_id"]},
        ),
    ]
