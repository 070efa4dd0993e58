"""The admin finds users by the first letters of their names, at any number of users."""

from django.db import migrations, models

COMMENT = "COMMENT ON INDEX idx_username_prefix IS 'The admin''s search: the first letters of a username.'"


class Migration(migrations.Migration):
    dependencies = [("scores", "0002_index_comments")]
    operations = [
        migrations.AddIndex(
            model_name="userscore",
            index=models.Index(fields=["username"], opclasses=["varchar_pattern_ops"], name="idx_username_prefix"),
        ),
        migrations.RunSQL(COMMENT, migrations.RunSQL.noop),
    ]
