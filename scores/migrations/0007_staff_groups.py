"""The staff's groups: viewers look, moderators moderate too, administrators set action types too."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LOOK = [
    *(("scores", f"view_{model}") for model in ("flag", "userscore", "scoreevent", "heldaction", "moderation")),
    ("audit", "view_auditentry"),
    ("action_types", "view_actiontype"),
]
# This one allows everything that moderators do: see `ModeratingAdmin`.
MODERATE = [*LOOK, ("scores", "change_userscore")]
ADMINISTER = [*MODERATE, ("action_types", "add_actiontype"), ("action_types", "change_actiontype")]
GROUPS = {"Viewers": LOOK, "Moderators": MODERATE, "Administrators": ADMINISTER}


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Django makes permissions only after all migrations, and leaves alone those that are there."""
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    for name, wanted in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        for app_label, codename in wanted:
            verb, model = codename.split("_")
            content_type, _ = content_types.get_or_create(app_label=app_label, model=model)
            title = f"Can {verb} {apps.get_model(app_label, model)._meta.verbose_name}"
            permission, _ = permissions.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": title}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("scores", "0006_reported_events"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("audit", "0001_initial"),
        ("action_types", "0001_initial"),
    ]

    operations = [
        # Whoever goes back keeps the groups, because users may be in them.
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
