"""The admin of held actions: the queue, and what was decided."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.held import ApproveHeld, RejectHeld
from scores.models import HeldAction


@admin.register(HeldAction)
class HeldActionAdmin(ModeratingAdmin):
    """Oldest first, as they would count. Moderators approve and reject here."""

    list_display = ("created_at", "user_id", "username", "action_type", "score_increment", "state", "action_id")
    list_display_links = ("action_id",)
    list_filter = ("state", "action_type")
    ordering = ("created_at", "action_id")
    fields: ClassVar = [field.attname for field in HeldAction._meta.fields]
    actions = ("approve", "reject")
    search_fields = ("user_id", "action_id")
    search_help_text = "A user id or an action id."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Exact ids only, because each of them has an index."""
        if not search_term:
            return queryset, False
        return queryset.filter(Q(user_id=search_term) | Q(action_id=search_term)), False

    @admin.action(description="Approve the selected held actions", permissions=["moderate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[HeldAction]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, ApproveHeld)

    @admin.action(description="Reject the selected held actions", permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[HeldAction]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, RejectHeld)
