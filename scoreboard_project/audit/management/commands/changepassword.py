"""Django's `manage.py changepassword`, audited."""

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.db import transaction

from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change


class Command(AuditedCommand, changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        with transaction.atomic():
            said: str | None = super().handle(*args, **options)
            name = options["username"] or getpass.getuser()
            record_change(
                "staff.changed", target=f"staff:{name}", old={"password": "hidden"}, new={"password": "changed"}
            )
            return said
