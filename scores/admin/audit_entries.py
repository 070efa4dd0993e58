"""The audit in the admin: read-only, newest first, searched by exact words that each have an index."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from scoreboard_project.audit.models import AuditEntry
from scores.admin.read_only import ReadOnlyAdmin

SEARCHED = ("who", "what", "target", "request_id")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "what", "target", "why", "origin")
    list_display_links = ("at",)
    fields: ClassVar = [field.name for field in AuditEntry._meta.fields]
    ordering = ("-id",)
    search_fields = SEARCHED
    search_help_text = (
        "The whole of: who (staff:ada, token:mod-1, command:erase_user), what (action_type.changed), target (user:ana) "
        "or request id."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Exact words only: PostgreSQL joins what the four indexes find."""
        if not search_term:
            return queryset, False
        wanted = Q()
        for field in SEARCHED:
            wanted |= Q(**{field: search_term})
        return queryset.filter(wanted), False
