"""Drops the second index that Django gives a text primary key for LIKE: with collation C the primary key serves that too.

Every score update writes every index of the row.
"""

from django.db import migrations

DROP = "DROP INDEX IF EXISTS users_scores_user_id_a717d6aa_like"
MAKE = "CREATE INDEX users_scores_user_id_a717d6aa_like ON users_scores (user_id varchar_pattern_ops)"


class Migration(migrations.Migration):
    dependencies = [("scores", "0003_username_prefix")]
    operations = [migrations.RunSQL(DROP, MAKE)]
