"""The admin of the score events: never edited, filtered by month, searched by exact ids."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.events import ReverseEvents
from scores.admin.read_only import ExactTime
from scores.models import ScoreEvent
from scores.trust.selections import Selection

MONTHS_OFFERED = 12


class MonthFilter(admin.SimpleListFilter):
    """Filters by day or month, so that PostgreSQL reads only that month's partition."""

    title = "time (UTC)"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        """Today and the last MONTHS_OFFERED months."""
        months = [_month_start(timezone.now(), back) for back in range(MONTHS_OFFERED)]
        return [("today", "Today"), *((f"{month:%Y-%m}", f"{month:%B %Y}") for month in months)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The events of the chosen day or month, or all events if the value is not valid."""
        span = _span(self.value() or "")
        return queryset.filter(created_at__gte=span[0], created_at__lt=span[1]) if span else queryset


def _span(word: str) -> tuple[datetime, datetime] | None:
    if word == "today":
        today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today, today + timedelta(days=1)
    try:
        start = datetime.strptime(word, "%Y-%m").replace(tzinfo=UTC)
        return start, _month_start(start, -1)
    except ValueError:
        return None


def _month_start(moment: datetime, back: int) -> datetime:
    months = moment.year * 12 + moment.month - 1 - back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


@admin.register(ScoreEvent)
class ScoreEventAdmin(ModeratingAdmin):
    """The ledger, newest first. Moderators reverse events here, which adds new ones."""

    list_display = (
        ExactTime("created_at", "time"),
        "user_id",
        "action_type",
        "score_increment",
        "score_after",
        "event_id",
    )
    list_display_links = ("event_id",)
    list_filter = (MonthFilter,)
    fields: ClassVar = [field.attname for field in ScoreEvent._meta.fields]
    readonly_fields = ("user_id",)
    actions = ("reverse",)
    search_fields = ("user_id", "event_id", "action_id")
    search_help_text = "A user id, an action id or an event id. Or a user id and a request id, separated by a space."

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Both orders have an index: event ids grow with time, and a user's events are indexed by time."""
        return ("-created_at", "-event_id") if request.GET.get("q") else ("-event_id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Matches exact ids only, because each of them has an index in every partition."""
        if not search_term:
            return queryset, False
        wanted = Q(user_id=search_term)
        if search_term.startswith("action_"):
            wanted |= Q(action_id=search_term)
        if search_term.startswith("event_"):
            wanted |= Q(event_id=search_term)
        user_id, space, request_id = search_term.rpartition(" ")
        if space:
            wanted |= Q(user_id=user_id, request_id=request_id)
        return queryset.filter(wanted), False

    @admin.action(description="Reverse the selected score events", permissions=["moderate"])
    def reverse(self, request: HttpRequest, queryset: QuerySet[ScoreEvent]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, _reversing)


def _reversing(events: Sequence[ScoreEvent]) -> ReverseEvents:
    return ReverseEvents(Selection(action_ids=[event.action_id for event in events]))
