"""Admin lists to look at, of tables of any size: they stay fast, and nobody changes a row there."""

from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

MAX_ROWS = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """The first MAX_ROWS rows. Counting all of ten million takes seconds, and so does skipping them by OFFSET."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most MAX_ROWS."""
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:MAX_ROWS].count()


class LookOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list that stays fast at any size, and rows that nobody may add, change or delete here."""

    paginator = BoundedPaginator
    show_full_result_count = False
    # A facet counts every row once for each of its values.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    actions = None
    # A click on a column head would sort ten million rows.
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Scores come from actions alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A correction is a new event that names the one it reverses."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The ledger is append-only; maintain_partitions drops what is past retention."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Says where the list ends."""
        subtitle = f"At most the first {MAX_ROWS:,} rows are listed: search to narrow them."
        return super().changelist_view(request, {"subtitle": subtitle, **(extra_context or {})})
