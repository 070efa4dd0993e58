"""Read-only admin lists that stay fast on tables of any size."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

MAX_ROWS = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Lists the first MAX_ROWS rows only: counting ten million rows takes seconds, and so does a large OFFSET."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most MAX_ROWS."""
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:MAX_ROWS].count()


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list that stays fast at any size. Nobody can add, change or delete rows here."""

    paginator = BoundedPaginator
    show_full_result_count = False
    # A facet counts every row, once per filter value.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    actions: Sequence[str] | None = None
    # A click on a column header would sort ten million rows.
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Scores come only from actions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A correction is a new event that names the one it reverses."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The ledger is append-only; only maintain_partitions drops old months."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Adds a subtitle that says where the list ends."""
        subtitle = f"The list ends after {MAX_ROWS:,} rows. Search to narrow it down."
        return super().changelist_view(request, {"subtitle": subtitle, **(extra_context or {})})
