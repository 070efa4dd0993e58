"""The rules of the specification's bonuses. A type for which the operator has set a rule keeps it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DEFAULT_RULES = {
    "DAILY_BONUS": {"max_per_day": 1},
    "FIRST_TIME_BONUS": {"max_ever": 1},
    "STREAK_BONUS": {"cooldown_seconds": 86_400},
}


def set_default_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    action_type = apps.get_model("action_types", "ActionType")
    for code, rules in DEFAULT_RULES.items():
        action_type.objects.filter(action_type=code, is_ruled=False).update(**rules)


class Migration(migrations.Migration):
    dependencies = [("action_types", "0002_rules")]
    operations = [migrations.RunPython(set_default_rules, migrations.RunPython.noop)]
