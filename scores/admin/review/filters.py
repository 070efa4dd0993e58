"""Filters of the queue of flags. It begins with those that nobody has decided about."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from scores.models import Flag
from scores.trust.detection.kinds import KINDS

ALL = "all"
SINCE = {"1": "Past day", "7": "Past 7 days", "30": "Past 30 days"}


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - of Django
        return [*Flag.Status.choices, (ALL, "All")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Open ones are meant where nothing is chosen."""
        for value, title in self.lookup_choices:
            chosen = {self.parameter_name: None if value == Flag.Status.OPEN else value}
            yield {
                "selected": (self.value() or Flag.Status.OPEN) == value,
                "query_string": changelist.get_query_string(chosen),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        status = self.value() or Flag.Status.OPEN
        return queryset.filter(status=status) if status in Flag.Status.values else queryset


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - of Django
        return [(kind.name, kind.title) for kind in KINDS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        return queryset.filter(kind=self.value()) if self.value() in KINDS else queryset


class SeenFilter(admin.SimpleListFilter):
    title = "when it was seen"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - of Django
        return list(SINCE.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        days = self.value()
        if days not in SINCE:
            return queryset
        return queryset.filter(seen_from__gte=timezone.now() - timedelta(days=int(days)))
