"""An index of the users who are held: few among many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scores", "0007_staff_groups"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="userscore",
            index=models.Index(condition=models.Q(("is_held", True)), fields=["user_id"], name="idx_held_users"),
        ),
    ]
