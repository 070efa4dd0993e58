"""Django's users and groups in the admin, with an audit entry for each change."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from scoreboard_project.audit.entries import record_change

SECRET_FIELDS = {"password"}
# Each login changes it.
IGNORED_FIELDS = {"last_login"}


def snapshot(row: models.Model) -> dict[str, Any]:
    """The row's fields as JSON has them, those with many values as sorted texts."""
    fields = {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}
    many = {field.name: sorted(map(str, field.value_from_object(row))) for field in row._meta.many_to_many}
    return {name: value for name, value in (fields | many).items() if name not in IGNORED_FIELDS}


def without_secrets(values: Mapping[str, Any], shown: str) -> dict[str, Any]:
    return {name: shown if name in SECRET_FIELDS else value for name, value in values.items()}


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Writes the entry where Django writes the history of a page: after the row and what belongs to it are saved.

    `kind` is the first word of the entry's verb and target, such as `staff` in `staff.changed` and `staff:ada`.
    """

    kind = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401 - Django's signature
        if change:
            self._remember(request, obj.pk)
        super().save_model(request, obj, form, change)

    def _remember(self, request: HttpRequest, key: object) -> None:
        row = self.model._default_manager.select_for_update().filter(pk=key).first()
        request.audited_before = snapshot(row) if row else {}  # type: ignore[attr-defined]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:  # noqa: ANN401 - Django's signature
        self._record("added", obj, new=without_secrets(snapshot(obj), "set"))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:  # noqa: ANN401 - Django's signature
        before, after = getattr(request, "audited_before", {}), snapshot(obj)
        changed = {name for name, value in after.items() if before.get(name) != value}
        if changed:
            old = without_secrets({name: before.get(name) for name in changed}, "hidden")
            self._record("changed", obj, old=old, new=without_secrets({n: after[n] for n in changed}, "changed"))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:  # noqa: ANN401 - Django's signature
        for row in queryset:
            self._record("deleted", row, old=without_secrets(snapshot(row), "hidden"))
        return super().log_deletions(request, queryset)

    def _record(self, verb: str, row: models.Model, **values: Any) -> None:  # noqa: ANN401 - old and new values
        record_change(f"{self.kind}.{verb}", target=f"{self.kind}:{row}", **values)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """In a transaction, like Django's other pages: its delete action has none."""
        with transaction.atomic():
            return super().changelist_view(request, extra_context)


admin.site.unregister([User, Group])


@admin.register(User)
class AuditedUserAdmin(AuditedAdmin, UserAdmin):  # type: ignore[type-arg]
    """Passwords are never in an entry, only that they changed."""

    kind = "staff"

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        with transaction.atomic():
            if request.method == "POST" and id.isdecimal():
                self._remember(request, int(id))
            return super().user_change_password(request, id, form_url)


@admin.register(Group)
class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    kind = "group"
