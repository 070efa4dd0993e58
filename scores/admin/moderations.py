"""The admin of moderations: what moderators reversed, the form that begins another one, run again and undo."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.helpers import Fieldset
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.events import RunModeration, UndoModeration, chosen_words, progress_words
from scores.admin.moderating.form import USED, USER_CHOICES, OrderForm
from scores.admin.moderating.order import Order
from scores.admin.read_only import BoundedChangeList, ExactTime
from scores.models import Moderation, UserScore
from scores.trust.lists import MODERATION_STATUSES
from scores.trust.moderations import selection_of
from scores.trust.outcomes import outcomes_of

TIMES = (ExactTime("created_at", "begun"), ExactTime("finished_at", "finished"), ExactTime("undone_at", "undone"))


class StatusFilter(admin.SimpleListFilter):
    title, parameter_name = "status", "status"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(status, capfirst(status)) for status in MODERATION_STATUSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(MODERATION_STATUSES.get(str(self.value()), Q()))


class ModerationList(BoundedChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Reads the outcomes of a page at once."""
        super().get_results(request)
        outcomes = outcomes_of(self.result_list)
        for moderation in self.result_list:
            moderation.outcome = outcomes.get(moderation.pk)


@admin.register(Moderation)
class ModerationAdmin(ModeratingAdmin):
    """Newest first. To add one is to moderate."""

    change_list_template = "scores/admin/moderations.html"
    change_form_template = "scores/admin/moderation.html"
    list_display = (ExactTime("created_at", "begun"), "chosen", "who", "reason", "how_far")
    list_filter = (StatusFilter,)
    ordering = ("-moderation_id",)
    search_fields = ("=moderation_id", "=who")
    search_help_text = "The whole of a moderation id, or of who it was (staff:ada, token:mod-1, command:moderate)."
    fields: ClassVar[Any] = ("chosen", "who", "reason", "how_far", *TIMES, "moderation_id")
    readonly_fields: ClassVar[Any] = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_moderate_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 - Django's signature
        return super().has_view_permission(request, obj) or self.has_moderate_permission(request)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ModerationList]:  # noqa: ANN401 - Django's signature
        return ModerationList

    def get_list_display(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's signature
        return [*self.list_display, "steps"] if self.has_moderate_permission(request) else self.list_display

    @admin.display(description="what is reversed")
    def chosen(self, moderation: Moderation) -> str:
        return capfirst(chosen_words(selection_of(moderation)))

    @admin.display(description="how far")
    def how_far(self, moderation: Moderation) -> str:
        found = moderation.outcome if hasattr(moderation, "outcome") else outcomes_of([moderation]).get(moderation.pk)
        return progress_words(moderation, found)

    @admin.display(description="")
    def steps(self, moderation: Moderation) -> SafeString:
        links = ((address, title) for title, address in _steps(moderation))
        return format_html_join("", '<a class="button step" href="{}">{}</a>', links)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:  # noqa: ANN401 - Django's signature
        found = self.get_object(request, unquote(object_id))
        tools = _steps(found) if found and self.has_moderate_permission(request) else []
        return super().change_view(request, object_id, form_url, {"tools": tools, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/undo/", view(self.undo_view), name="scores_moderation_undo"),
            path("<path:object_id>/run/", view(self.run_view), name="scores_moderation_run"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:  # noqa: ANN401 - Django's signature
        """A form that is filled in shows what it would do; with a reason it is done.

        A link may fill it in: `?what=hide&user_id=ana`.
        """
        self._refuse_others(request)
        sent, wants_form = request.POST or request.GET, "change" in request.POST
        form = OrderForm(sent or None)
        if form.is_valid() and not wants_form:
            return self.ask(
                request, form.order, sent_again=form.sent_again(), back=lambda: self._back(form), can_change=True
            )
        if form.is_bound and (wants_form or request.method == "GET"):
            form = OrderForm(initial=form.first_values())
        return self._form_page(request, form)

    def _form_page(self, request: HttpRequest, form: OrderForm) -> HttpResponse:
        context = {
            **admin.site.each_context(request),
            "opts": self.opts,
            "media": self.media + form.media,
            "title": "Moderate",
            "form": form,
            "fieldset": Fieldset(cast("Any", form), fields=[field.name for field in form.visible_fields()]),
            "used": USED,
        }
        return TemplateResponse(request, "scores/admin/order.html", context)

    def run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirm_one(request, RunModeration(self._found(request, object_id)))

    def undo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirm_one(request, UndoModeration(self._found(request, object_id)))

    def _confirm_one(self, request: HttpRequest, order: Order) -> HttpResponse:
        return self.ask(request, order, sent_again=[], back=self._list)

    def _found(self, request: HttpRequest, object_id: str) -> Moderation:
        self._refuse_others(request)
        found: Moderation | None = self.get_object(request, object_id)
        if found is None:
            raise Http404("There is no such moderation")
        return found

    def _refuse_others(self, request: HttpRequest) -> None:
        if not self.has_moderate_permission(request):
            raise PermissionDenied

    def _back(self, form: OrderForm) -> str:
        """To the user's page, if it is there, after a step that concerns the user."""
        user_id = form.cleaned_data["user_id"]
        if form.cleaned_data["what"] in USER_CHOICES and UserScore.objects.filter(pk=user_id).exists():
            return reverse("admin:scores_userscore_change", args=[quote(user_id)])
        return self._list()

    def _list(self) -> str:
        return reverse("admin:scores_moderation_changelist")


def _steps(moderation: Moderation) -> list[tuple[str, str]]:
    """Titles and addresses. One that was undone can be undone again, in case that was interrupted."""
    steps = [("Undo", "undo")] if moderation.undone_at else [("Undo", "undo"), ("Run again", "run")]
    return [(title, reverse(f"admin:scores_moderation_{step}", args=[moderation.pk])) for title, step in steps]
