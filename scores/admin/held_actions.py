"""The admin of held actions: the queue, and what was decided."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.held import ApproveHeld, RejectHeld
from scores.admin.moderating.order import signed
from scores.admin.read_only import ExactTime
from scores.models import HeldAction


class StateFilter(admin.SimpleListFilter):
    """Begins with what waits for a decision. A search finds all."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [*HeldAction.State.choices, ("all", "All")]

    def __init__(self, request: HttpRequest, *arguments: Any) -> None:  # noqa: ANN401 - Django's own
        super().__init__(request, *arguments)
        self.chosen = self.value() or ("all" if request.GET.get("q") else HeldAction.State.HELD.value)

    def choices(self, changelist: Any) -> Iterator[Any]:  # noqa: ANN401 - Django's signature
        """Without the "All" that Django puts first."""
        for value, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == self.chosen, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows that were ticked are found whatever was decided since, so that the page can say what it leaves out."""
        if request.method == "POST" and request.POST.get("select_across") != "1":
            return queryset
        return queryset.filter(state=self.chosen) if self.chosen in HeldAction.State.values else queryset


@admin.register(HeldAction)
class HeldActionAdmin(ModeratingAdmin):
    """Oldest first, as they would count. Moderators approve and reject here."""

    list_display = (ExactTime("created_at", "reported"), "user_id", "action_type", "points", "state", "username")
    list_filter = (StateFilter, "action_type")
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

    @admin.display(description="points")
    def points(self, held: HeldAction) -> str:
        return signed(held.score_increment)

    @admin.action(description="Approve the selected held actions", permissions=["moderate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[HeldAction]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, ApproveHeld)

    @admin.action(description="Reject the selected held actions", permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[HeldAction]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, RejectHeld)
