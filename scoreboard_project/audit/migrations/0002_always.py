"""The triggers fire for every session, also for one that says it only replicates."""

from django.db import migrations

TRIGGERS = ("audit_entries_stay", "audit_entries_are_not_truncated")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER {trigger}",
            f"ALTER TABLE audit_entries ENABLE TRIGGER {trigger}",
        )
        for trigger in TRIGGERS
    ]
