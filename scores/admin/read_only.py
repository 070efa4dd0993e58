"""Read-only admin lists that stay fast on tables of any size."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property

MAX_ROWS = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Lists the first MAX_ROWS rows only: counting ten million rows takes seconds, and so does a large OFFSET."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most MAX_ROWS."""
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:MAX_ROWS].count()


class BoundedChangeList(ChangeList):
    """Offers "show all" only where a search or a filter leaves something out."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


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

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:  # noqa: ANN401 - Django's signature
        return BoundedChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Adds a subtitle that says that the list ends, where it does."""
        page = super().changelist_view(request, extra_context)
        context = (page.context_data if isinstance(page, TemplateResponse) else None) or {}
        if "cl" in context and context["cl"].result_count >= MAX_ROWS:
            context["subtitle"] = f"The list ends after {MAX_ROWS:,} rows. Search to narrow it down."
        return page


def exact_time(moment: datetime | None) -> str:
    """To the second, in UTC."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


class ExactTime:
    """A column or field that shows a time of the row to the second, in UTC."""

    def __init__(self, field: str, description: str) -> None:
        self.field, self.short_description = field, f"{description} (UTC)"
        self.__name__ = field

    def __call__(self, row: Model) -> str:
        return exact_time(getattr(row, self.field))
