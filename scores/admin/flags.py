"""The admin of flags: the queue, the worst first, with the evidence in words."""

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.flags import ConfirmFlags, DismissFlags
from scores.admin.moderating.users import USER_STEPS, ModerateUsers
from scores.models import Flag
from scores.trust.detection.kinds import KINDS


@admin.register(Flag)
class FlagAdmin(ModeratingAdmin):
    list_display = ("day", "user_id", "kind", "severity", "in_words", "status", "history")
    list_display_links = ("user_id",)
    list_filter = ("status", "severity", "kind")
    ordering = ("-severity", "-flag_id")
    fields: ClassVar = [*(field.attname for field in Flag._meta.fields), "in_words", "history"]
    readonly_fields = ("in_words", "history")
    actions = ("confirm", "dismiss", "hold", "ban")
    search_fields = ("=user_id",)
    search_help_text = "A user id."

    @admin.display(description="what was seen")
    def in_words(self, flag: Flag) -> str:
        kind = KINDS.get(flag.kind)
        return kind.describe(flag.evidence) if kind else str(flag.evidence)

    @admin.display(description="score events")
    def history(self, flag: Flag) -> SafeString:
        address = reverse("admin:scores_scoreevent_changelist")
        return format_html('<a href="{}?{}">show</a>', address, urlencode({"q": flag.user_id}))

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
