"""The admin of users and their scores: read-only, because scores follow from the events."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.users import USER_STEPS, ModerateUsers
from scores.admin.read_only import MAX_ROWS
from scores.admin.review.history import history_context
from scores.admin.review.steps import steps_about
from scores.models import BOARD_ORDER, ModeratedUser, UserScore
from scores.trust.detection.points_by_time import day_of


class BoardFilter(admin.SimpleListFilter):
    """The users on the board, in the order of its index, or the few who are hidden."""

    title = "board"
    parameter_name = "board"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("hidden", "Hidden or banned")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A search finds both."""
        if self.value() == "hidden":
            moderated = ModeratedUser.objects.filter(Q(is_hidden=True) | Q(is_banned=True))
            return queryset.filter(is_hidden=True, pk__in=moderated.values("pk"))
        return queryset if request.GET.get("q") else queryset.filter(is_hidden=False)


@admin.register(UserScore)
class UserScoreAdmin(ModeratingAdmin):
    """Users in the board's order, which has an index. Moderators hide and ban them here."""

    list_display = (
        "user_id",
        "username",
        "current_score",
        "total_actions",
        "last_updated",
        "is_hidden",
        "is_held",
        "events",
    )
    list_filter = (BoardFilter,)
    fields = (
        *("user_id", "username", "current_score", "rank", "total_actions", "last_updated", "created_at"),
        *("is_hidden", "is_held", "events"),
    )
    readonly_fields = ("events",)
    change_form_template = "scores/review/user.html"
    actions = ("hide", "show", "ban", "unban", "revoke", "hold", "release")
    ordering = BOARD_ORDER
    search_fields = ("user_id", "username")
    search_help_text = "A user id, or the first letters of a username (case-sensitive)."

    class Media:
        css: ClassVar = {"all": ("scores/review.css",)}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The user's history, and why the score is what it is."""
        user = self.get_object(request, unquote(object_id))
        if user and self.has_view_permission(request, user):
            found = history_context(request, user.user_id, day_ends=day_of(user.last_updated))
            steps = steps_about(user.user_id) if self.has_moderate_permission(request) else ()
            own = {"player": user, "steps": list(steps), "title": user.user_id, "subtitle": None}
            extra_context = {**(extra_context or {}), **found, **own}
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description="score events")
    def events(self, user: UserScore) -> SafeString:
        """A link to the user's score events."""
        address = reverse("admin:scores_scoreevent_changelist")
        return format_html('<a href="{}?{}">show</a>', address, urlencode({"q": user.user_id}))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The inner query has a limit and no order, so that PostgreSQL searches by index before it sorts."""
        if not search_term:
            return queryset, False
        found = UserScore.objects.filter(Q(user_id=search_term) | Q(username__startswith=search_term))
        return queryset.filter(pk__in=found.order_by().values("pk")[:MAX_ROWS]), False

    @admin.action(description="Hide the selected users", permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "hide")

    @admin.action(description="Show the selected users again", permissions=["moderate"])
    def show(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "show")

    @admin.action(description="Ban the selected users", permissions=["moderate"])
    def ban(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "ban")

    @admin.action(description="End the ban of the selected users", permissions=["moderate"])
    def unban(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "unban")

    @admin.action(description="Revoke the tokens of the selected users", permissions=["moderate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "revoke")

    @admin.action(description="Hold what the selected users do", permissions=["moderate"])
    def hold(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "hold")

    @admin.action(description="No longer hold what the selected users do", permissions=["moderate"])
    def release(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "release")

    def _moderate(self, request: HttpRequest, queryset: QuerySet[UserScore], step: str) -> HttpResponse:
        return self.ask_about_rows(
            request, queryset, lambda users: ModerateUsers(USER_STEPS[step], [user.pk for user in users])
        )
