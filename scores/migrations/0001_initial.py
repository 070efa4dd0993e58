"""The tables of the specification, in SQL: Django cannot create partitions, and adds a second index to text keys.

The state operations below tell Django what the SQL creates; `makemigrations` compares the models with them.
"""

import django.db.models.deletion
from django.db import migrations, models

USERS_SCORES = """
CREATE TABLE users_scores (
    user_id varchar(255) COLLATE "C" NOT NULL PRIMARY KEY,
    username varchar(100) NOT NULL,
    current_score bigint NOT NULL DEFAULT 0,
    rank integer,
    last_updated timestamptz NOT NULL,
    -- What the user did: reversals and opening balances do not count.
    total_actions integer NOT NULL DEFAULT 0,
    -- The number of score events.
    version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    -- Integers in this range are exact in JSON, in JavaScript and in the doubles of a Redis sorted set.
    CONSTRAINT users_scores_exact_in_json CHECK (current_score >= -9007199254740992 AND current_score <= 9007199254740992)
);

CREATE INDEX idx_score_rank ON users_scores (current_score DESC, last_updated, user_id);
CREATE INDEX idx_username_prefix ON users_scores (username varchar_pattern_ops);

COMMENT ON INDEX idx_score_rank IS 'The board''s order: top rows, pages by SQL, and counting the users ahead of a row.';
COMMENT ON INDEX idx_username_prefix IS 'Admin search by the first letters of a username.';
"""

SCORE_REQUESTS = """
CREATE TABLE score_requests (
    user_id varchar(255) COLLATE "C" NOT NULL,
    request_id varchar(255) COLLATE "C" NOT NULL,
    action_id varchar(255) NOT NULL,
    fingerprint bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idx_request_lookup PRIMARY KEY (user_id, request_id)
);

CREATE INDEX idx_requests_created ON score_requests (created_at);

COMMENT ON CONSTRAINT idx_request_lookup ON score_requests IS 'Decides duplicates: each request id once for each user.';
COMMENT ON INDEX idx_requests_created IS 'maintain_partitions: finds requests past retention.';
"""

SCORE_EVENTS = """
-- The ledger, partitioned by month. Unique keys of a partitioned table must include the partition column.
CREATE TABLE score_events (
    event_id varchar(255) COLLATE "C" NOT NULL,
    -- A user of users_scores, without a foreign key: see users_with_events_stay below.
    user_id varchar(255) COLLATE "C" NOT NULL,
    action_id varchar(255) COLLATE "C" NOT NULL,
    request_id varchar(255) COLLATE "C" NOT NULL,
    action_type varchar(50) NOT NULL,
    -- As wide as a score: an opening balance may be the whole of it.
    score_increment bigint NOT NULL,
    score_after bigint NOT NULL,
    metadata json,
    ip_address varchar(45) NOT NULL DEFAULT '',
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (event_id, created_at),
    CONSTRAINT idx_action_lookup UNIQUE (action_id, created_at),
    -- Checked for each event: within a batch a score could leave the exact range and return, and clients see each step.
    CONSTRAINT score_events_exact_in_json CHECK (score_after BETWEEN -9007199254740992 AND 9007199254740992)
) PARTITION BY RANGE (created_at);

-- Holds events of months without a partition, so that no write fails; maintain_partitions moves them to their month.
CREATE TABLE score_events_default PARTITION OF score_events DEFAULT;

CREATE INDEX idx_user_events ON score_events (user_id, created_at DESC, event_id DESC);
CREATE INDEX idx_events_created ON score_events USING brin (created_at) WITH (autosummarize = on);

COMMENT ON CONSTRAINT idx_action_lookup ON score_events IS 'Replays: finds the event of an action id.';
COMMENT ON INDEX idx_user_events IS 'GET /users/{userId}/scores/history: a page, newest first, and the total.';
COMMENT ON INDEX idx_events_created IS 'The reconcile pass: finds users with recent events.';
"""

USERS_WITH_EVENTS_STAY = """
-- In place of a foreign key, whose check of each new event took a tenth of a write's time. Only apply_score_actions.sql
-- adds events, each beside the row of its user, which it holds locked until the commit. So only the deletion of a user
-- is left to check. It has the row's lock, and sees the events of the writes that it waited for.
CREATE FUNCTION keep_user_with_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM score_events WHERE user_id = OLD.user_id) THEN
        RAISE foreign_key_violation USING MESSAGE = format('User %s has score events: erase_user keeps them', OLD.user_id);
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER users_with_events_stay BEFORE DELETE ON users_scores
FOR EACH ROW EXECUTE FUNCTION keep_user_with_events();
"""
USERS_WITH_EVENTS_MAY_GO = """
DROP TRIGGER users_with_events_stay ON users_scores;
DROP FUNCTION keep_user_with_events();
"""

USER_SCORE = migrations.CreateModel(
    name="UserScore",
    fields=[
        ("user_id", models.CharField(db_collation="C", max_length=255, primary_key=True, serialize=False)),
        ("username", models.CharField(max_length=100)),
        ("current_score", models.BigIntegerField(db_default=0, default=0)),
        (
            "rank",
            models.IntegerField(
                blank=True,
                help_text="A snapshot that reindex_ranks writes. Live ranks come from the rank index.",
                null=True,
            ),
        ),
        ("last_updated", models.DateTimeField(help_text="When the score last changed.")),
        (
            "total_actions",
            models.IntegerField(
                db_default=0,
                default=0,
                help_text="What the user did: reversals and opening balances do not count.",
            ),
        ),
        (
            "version",
            models.BigIntegerField(
                db_default=0, default=0, help_text="The number of score events. The rank index ignores older versions."
            ),
        ),
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
            ),
            models.Index(fields=["username"], opclasses=["varchar_pattern_ops"], name="idx_username_prefix"),
        ],
        "constraints": [
            models.CheckConstraint(
                condition=models.Q(("current_score__gte", -(2**53)), ("current_score__lte", 2**53)),
                name="users_scores_exact_in_json",
            )
        ],
    },
)

SCORE_REQUEST = migrations.CreateModel(
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
            models.BinaryField(help_text="SHA-256 of the request, to tell a retry from a different request."),
        ),
        ("created_at", models.DateTimeField(help_text="Never later than the time of the score event.")),
    ],
    options={
        "db_table": "score_requests",
        "indexes": [models.Index(fields=["created_at"], name="idx_requests_created")],
    },
)

SCORE_EVENT = migrations.CreateModel(
    name="ScoreEvent",
    fields=[
        ("event_id", models.CharField(max_length=255, primary_key=True, serialize=False)),
        ("action_id", models.CharField(max_length=255)),
        ("request_id", models.CharField(max_length=255)),
        ("action_type", models.CharField(max_length=50)),
        ("score_increment", models.BigIntegerField()),
        ("score_after", models.BigIntegerField(help_text="The user's score right after this action.")),
        # The SQL type is `json`. The model's PlainJsonField appears in migrations as a JSONField.
        ("metadata", models.JSONField(blank=True, null=True)),
        ("ip_address", models.CharField(blank=True, default="", max_length=45)),
        ("user_agent", models.TextField(blank=True, default="")),
        ("created_at", models.DateTimeField()),
        (
            "user",
            models.ForeignKey(
                db_column="user_id",
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="scores.userscore",
            ),
        ),
    ],
    options={"db_table": "score_events", "ordering": ["-created_at", "-event_id"]},
)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(USERS_SCORES, "DROP TABLE users_scores", state_operations=[USER_SCORE]),
        migrations.RunSQL(SCORE_REQUESTS, "DROP TABLE score_requests", state_operations=[SCORE_REQUEST]),
        migrations.RunSQL(SCORE_EVENTS, "DROP TABLE score_events", state_operations=[SCORE_EVENT]),
        migrations.RunSQL(USERS_WITH_EVENTS_STAY, USERS_WITH_EVENTS_MAY_GO),
    ]
