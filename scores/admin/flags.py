"""The admin of flags: the queue, the worst first, with the evidence in words."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.flags import ConfirmFlags, DismissFlags
from scores.admin.moderating.users import USER_STEPS, ModerateUsers
from scores.admin.review.chart import SMALL, draw
from scores.admin.review.filters import KindFilter, SeenFilter, StatusFilter
from scores.admin.review.history import PERMISSION, history_context
from scores.admin.review.steps import steps_of
from scores.models import Flag
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.points_by_time import day_of, points_by_time

# The actions of the list as buttons on the page of a flag.
DECISIONS = (("confirm", "Confirm"), ("dismiss", "Dismiss"))


class Queue(ChangeList):
    """Each flag of a page with its chart: two statements for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = flags = list(self.result_list)
        if not request.user.has_perm(PERMISSION):
            return
        found = points_by_time([(flag.user_id, day_of(flag.seen_until)) for flag in flags])
        for flag, points in zip(flags, found, strict=True):
            flag.drawn = draw(points, SMALL, (flag.seen_from, flag.seen_until))


@admin.register(Flag)
class FlagAdmin(ModeratingAdmin):
    list_display = ("user_id", "chart", "what_was_seen", "severity", "day", "status")
    list_display_links = ("user_id",)
    list_filter = (StatusFilter, "severity", KindFilter, SeenFilter)
    ordering = ("-severity", "-flag_id")
    fields: ClassVar = [field.attname for field in Flag._meta.fields]
    actions = ("confirm", "dismiss", "hold", "ban")
    search_fields = ("=user_id",)
    search_help_text = "A user id."
    change_form_template = "scores/review/flag.html"

    class Media:
        css: ClassVar = {"all": ("scores/review.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ANN401 - of Django
        return Queue

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page on which a moderator settles the flag."""
        flag = self.get_object(request, unquote(object_id))
        if flag and self.has_view_permission(request, flag):
            marked = (flag.seen_from, flag.seen_until)
            found = history_context(request, flag.user_id, day_ends=day_of(flag.seen_until), marked=marked)
            may_moderate = self.has_moderate_permission(request)
            extra_context = {
                **(extra_context or {}),
                **found,
                "flag": flag,
                "kind_title": self.kind_title(flag),
                "evidence": self.in_words(flag),
                "decisions": DECISIONS if may_moderate else (),
                "steps": steps_of(flag) if may_moderate else (),
                "title": f"{self.kind_title(flag)}: {flag.user_id}",
                "subtitle": None,
            }
        return super().change_view(request, object_id, form_url, extra_context)

    def kind_title(self, flag: Flag) -> str:
        kind = KINDS.get(flag.kind)
        return kind.title if kind else flag.kind

    @admin.display(description="what was seen")
    def what_was_seen(self, flag: Flag) -> SafeString:
        return format_html("<strong>{}</strong>: {}", self.kind_title(flag), self.in_words(flag))

    def in_words(self, flag: Flag) -> str:
        kind = KINDS.get(flag.kind)
        return kind.describe(flag.evidence) if kind else str(flag.evidence)

    @admin.display(description="points, a day")
    def chart(self, flag: Flag) -> SafeString:
        return getattr(flag, "drawn", SafeString())

    @admin.action(description="Confirm the selected flags", permissions=["moderate"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Flag]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, ConfirmFlags)

    @admin.action(description="Dismiss the selected flags", permissions=["moderate"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Flag]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, DismissFlags)

    @admin.action(description="Hold the users of the selected flags", permissions=["moderate"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Flag]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, lambda flags: ModerateUsers(USER_STEPS["hold"], _users(flags)))

    @admin.action(description="Ban the users of the selected flags", permissions=["moderate"])
    def ban(self, request: HttpRequest, queryset: QuerySet[Flag]) -> HttpResponse:
        return self.ask_about_rows(request, queryset, lambda flags: ModerateUsers(USER_STEPS["ban"], _users(flags)))


def _users(flags: Sequence[Flag]) -> list[str]:
    return list(dict.fromkeys(flag.user_id for flag in flags))
