"""Django's `manage.py createsuperuser`, audited."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import User
from django.db import transaction

from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change


class Command(AuditedCommand, createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            newest = User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            super().handle(*args, **options)
            for user in User.objects.filter(pk__gt=newest, is_superuser=True):
                record_change("staff.added", target=f"staff:{user}", new={"is_superuser": True, "email": user.email})
