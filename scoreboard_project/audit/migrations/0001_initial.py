"""The audit entries, and the trigger that keeps them."""

import django.core.serializers.json
import django.db.models.functions.datetime
from django.db import migrations, models

# Retention and erasure are the only ways past it, and both are narrow. The owner of the table can drop the trigger:
# docs/decisions/trust.md says how to rule that out too.
KEEP = """
CREATE FUNCTION keep_audit_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purged_before timestamptz := nullif(current_setting('scoreboard.audit_purged_before', true), '')::timestamptz;
BEGIN
    -- Retention: only inside purge_audit_entries, and never an entry of the last 30 days.
    IF TG_OP = 'DELETE' AND purged_before IS NOT NULL THEN
        IF OLD.at < purged_before AND OLD.at < now() - interval '30 days' THEN
            RETURN OLD;
        END IF;
    END IF;
    -- Erasure: the entry stays, and names the user by the random id that replaced the user id.
    IF TG_OP = 'UPDATE' THEN
        IF OLD.target LIKE 'user:%' AND NEW.target LIKE 'user:erased:%'
            AND to_jsonb(NEW) - 'target' = to_jsonb(OLD) - 'target'
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE insufficient_privilege USING MESSAGE = format('audit_entries is append-only: %s is refused', TG_OP);
END
$$;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION keep_audit_entries();

CREATE TRIGGER audit_entries_are_not_truncated BEFORE TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_entries();

-- Removes at most so many entries from before that time, the oldest first. Returns how many.
CREATE FUNCTION purge_audit_entries(before timestamptz, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    purged bigint;
BEGIN
    PERFORM set_config('scoreboard.audit_purged_before', before::text, true);
    DELETE FROM audit_entries WHERE id IN (
        SELECT id FROM audit_entries WHERE at < least(before, now() - interval '30 days') ORDER BY at LIMIT most
    );
    GET DIAGNOSTICS purged = ROW_COUNT;
    PERFORM set_config('scoreboard.audit_purged_before', '', true);
    RETURN purged;
END
$$;
"""
LET_GO = """
DROP TRIGGER audit_entries_stay ON audit_entries;
DROP TRIGGER audit_entries_are_not_truncated ON audit_entries;
DROP FUNCTION keep_audit_entries();
DROP FUNCTION purge_audit_entries(timestamptz, integer);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="time (UTC)"
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        help_text="staff:<username>, token:<user id> or command:<name of the command>.", max_length=300
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        blank=True,
                        help_text="The client's address; for commands, the account of the operating system and the host.",
                        max_length=300,
                        verbose_name="from where",
                    ),
                ),
                ("what", models.CharField(help_text="What was done, such as action_type.changed.", max_length=50)),
                ("target", models.CharField(blank=True, help_text="Such as user:ana. May be empty.", max_length=300)),
                ("why", models.TextField(blank=True)),
                (
                    "old",
                    models.JSONField(blank=True, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
                ),
                (
                    "new",
                    models.JSONField(blank=True, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
                ),
                ("request_id", models.CharField(blank=True, max_length=255)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "db_table": "audit_entries",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["who", "id"], name="idx_audit_who"),
                    models.Index(fields=["what", "id"], name="idx_audit_what"),
                    models.Index(fields=["target", "id"], name="idx_audit_target"),
                    models.Index(fields=["request_id", "id"], name="idx_audit_request"),
                    models.Index(fields=["at"], name="idx_audit_at"),
                ],
            },
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
