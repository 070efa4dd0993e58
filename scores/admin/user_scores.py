"""The admin of users and their scores: read-only, in the order of the board; moderators act on users here."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from scoreboard_project.audit.entries import user_target
from scoreboard_project.audit.models import AuditEntry
from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.users import USER_STEPS, ModerateUsers, state_words, with_states
from scores.admin.read_only import MAX_ROWS, ExactTime
from scores.admin.review.history import history_context
from scores.admin.review.steps import steps_about
from scores.models import BOARD_ORDER, ModeratedUser, UserScore
from scores.trust.detection.points_by_time import day_of

ENTRIES = 10
SEES_AUDIT = "audit.view_auditentry"
# Where else the user is, by the permission that one needs there.
LISTS = {
    "Score events": ("scores.view_scoreevent", "admin:scores_scoreevent_changelist", "{}"),
    "Held actions": ("scores.view_heldaction", "admin:scores_heldaction_changelist", "{}"),
    "Flags": ("scores.view_flag", "admin:scores_flag_changelist", "{}"),
    "Audit": (SEES_AUDIT, "admin:audit_auditentry_changelist", user_target("{}")),
}


class StateFilter(admin.SimpleListFilter):
    """The users on the board, in the order of its index, or the few about whom moderators decided something."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("hidden", "Hidden"), ("banned", "Banned"), ("held", "Held")]

    def choices(self, changelist: Any) -> Any:  # noqa: ANN401 - Django's signature
        """The first is not all users: hidden and banned ones are on no board."""
        first, *others = super().choices(changelist)
        return [{**first, "display": "On the board"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A search finds all."""
        match self.value():
            case "held":
                return queryset.filter(is_held=True)
            case "hidden" | "banned" as state:
                moderated = ModeratedUser.objects.filter(**{f"is_{state}": True})
                return queryset.filter(is_hidden=True, pk__in=moderated.values("pk"))
        return queryset if request.GET.get("q") else queryset.filter(is_hidden=False)


@admin.register(UserScore)
class UserScoreAdmin(ModeratingAdmin):
    """Users in the board's order, which has an index. Moderators hide and ban them here."""

    change_form_template = "scores/review/user.html"
    list_display = ("user_id", "username", "score", "state", "total_actions", ExactTime("last_updated", "last updated"))
    list_filter = (StateFilter,)
    fields = ("user_id",)
    actions = ("hide", "show", "ban", "unban", "hold", "release", "revoke")
    ordering = BOARD_ORDER
    search_fields = ("user_id", "username")
    search_help_text = "A user id, or the first letters of a username (case-sensitive)."

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserScore]:
        found: QuerySet[UserScore] = with_states(super().get_queryset(request))
        return found

    @admin.display(description="score")
    def score(self, user: UserScore) -> str:
        return f"{user.current_score:,}"

    class Media:
        css = {"all": ("scores/review.css",)}  # noqa: RUF012 - Django's own shape

    @admin.display(description="state", empty_value="")
    def state(self, user: UserScore) -> str:
        return ", ".join(state_words(user))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:  # noqa: ANN401 - Django's signature
        """The user's history, why the score is what it is, and what moderators can do about it."""
        user, context = self.get_object(request, unquote(object_id)), dict(extra_context or {})
        if user and self.has_view_permission(request, user):
            context |= history_context(request, user.user_id, day_ends=day_of(user.last_updated))
            context |= {"player": user, "title": user.user_id, "subtitle": None, "links": _links(user, request)}
            context["state"] = self.state(user)
            context["steps"] = list(steps_about(user.pk)) if self.has_moderate_permission(request) else []
        if user and request.user.has_perm(SEES_AUDIT):
            context["entries"] = AuditEntry.objects.filter(target=user_target(user.pk)).order_by("-id")[:ENTRIES]
        return super().change_view(request, object_id, form_url, context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The inner query has a limit and no order, so that PostgreSQL searches by index before it sorts."""
        if not search_term:
            return queryset, False
        found = UserScore.objects.filter(Q(user_id=search_term) | Q(username__startswith=search_term))
        return queryset.filter(pk__in=found.order_by().values("pk")[:MAX_ROWS]), False

    @admin.action(description="Hide", permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "hide")

    @admin.action(description="Show again", permissions=["moderate"])
    def show(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "show")

    @admin.action(description="Ban", permissions=["moderate"])
    def ban(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "ban")

    @admin.action(description="End the ban", permissions=["moderate"])
    def unban(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "unban")

    @admin.action(description="Hold what they do", permissions=["moderate"])
    def hold(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "hold")

    @admin.action(description="No longer hold what they do", permissions=["moderate"])
    def release(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "release")

    @admin.action(description="Revoke their tokens", permissions=["moderate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[UserScore]) -> HttpResponse:
        return self._moderate(request, queryset, "revoke")

    def _moderate(self, request: HttpRequest, queryset: QuerySet[UserScore], step: str) -> HttpResponse:
        return self.ask_about_rows(
            request, queryset, lambda users: ModerateUsers(USER_STEPS[step], [user.pk for user in users])
        )


def _links(user: UserScore, request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (title, f"{reverse(address)}?{urlencode({'q': wanted.format(user.pk)})}")
        for title, (permission, address, wanted) in LISTS.items()
        if request.user.has_perm(permission)
    ]
