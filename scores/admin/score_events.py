"""Scores and score events, to look at: the ledger is append-only, and scores follow from it."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scores.admin.look_only import MAX_ROWS, BoundedPaginator
from scores.models import BOARD_ORDER, ScoreEvent, UserScore

MONTHS_OFFERED = 12


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


@admin.register(UserScore)
class UserScoreAdmin(LookOnlyAdmin):
    """Users in the board's order, which its index gives."""

    list_display = ("user_id", "username", "current_score", "total_actions", "last_updated", "events")
    fields = ("user_id", "username", "current_score", "rank", "total_actions", "last_updated", "created_at", "events")
    readonly_fields = ("events",)
    ordering = BOARD_ORDER
    search_fields = ("user_id", "username")
    search_help_text = "A user id, or the first letters of a username (capitals count)."

    @admin.display(description="score events")
    def events(self, user: UserScore) -> SafeString:
        """A link to the user's score events."""
        address = reverse("admin:scores_scoreevent_changelist")
        return format_html('<a href="{}?{}">show</a>', address, urlencode({"q": user.user_id}))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The inner query has a limit and no order, so that PostgreSQL finds by index before it sorts."""
        if not search_term:
            return queryset, False
        found = UserScore.objects.filter(Q(user_id=search_term) | Q(username__startswith=search_term))
        return queryset.filter(pk__in=found.order_by().values("pk")[:MAX_ROWS]), False


class MonthFilter(admin.SimpleListFilter):
    """A span of time: PostgreSQL then reads that month's partition and no other."""

    title = "time (UTC)"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        """Today, and the last months."""
        months = [_month_start(timezone.now(), back) for back in range(MONTHS_OFFERED)]
        return [("today", "Today"), *((f"{month:%Y-%m}", f"{month:%B %Y}") for month in months)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The events of that span; all for a value that is none."""
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
class ScoreEventAdmin(LookOnlyAdmin):
    """The ledger, newest first."""

    list_display = ("created_at", "user_id", "action_type", "score_increment", "score_after", "event_id")
    list_display_links = ("event_id",)
    list_filter = (MonthFilter,)
    fields: ClassVar = [field.attname for field in ScoreEvent._meta.fields]
    readonly_fields = ("user_id",)
    search_fields = ("user_id", "event_id", "action_id")
    search_help_text = "A user id, an action id or an event id; or a user id and a request id with a blank between."

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """By index, always: event ids grow with time, and a user's events are indexed by time."""
        return ("-created_at", "-event_id") if request.GET.get("q") else ("-event_id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Exact ids only: each has an index in every partition."""
        if not search_term:
            return queryset, False
        wanted = Q(user_id=search_term)
        if search_term.startswith("action_"):
            wanted |= Q(action_id=search_term)
        if search_term.startswith("event_"):
            wanted |= Q(event_id=search_term)
        user_id, blank, request_id = search_term.rpartition(" ")
        if blank:
            wanted |= Q(user_id=user_id, request_id=request_id)
        return queryset.filter(wanted), False
