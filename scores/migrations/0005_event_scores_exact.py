"""A score that passes the exact range within a batch, and comes back, was given to a client too: the ledger refuses it."""

from django.db import migrations

NAME = "score_events_exact_in_json"


class Migration(migrations.Migration):
    dependencies = [("scores", "0004_one_index_on_user_id")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE score_events ADD CONSTRAINT {NAME} CHECK (score_after BETWEEN -{2**53} AND {2**53})",
            f"ALTER TABLE score_events DROP CONSTRAINT {NAME}",
        )
    ]
