"""Each index says which query it is for. Django makes indexes at the end of a migration, hence a second one."""

from django.db import migrations

INDEX_COMMENTS = """
COMMENT ON INDEX idx_score_rank IS 'The board''s order: top rows, pages by SQL, and counting those ahead of a row.';
COMMENT ON INDEX idx_requests_created IS 'maintain_partitions: requests past retention.';
"""


class Migration(migrations.Migration):
    dependencies = [("scores", "0001_initial")]
    operations = [migrations.RunSQL(INDEX_COMMENTS, migrations.RunSQL.noop)]
