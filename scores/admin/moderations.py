"""The admin of moderations: what moderators reversed, the form that begins another one, run again and undo."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.helpers import Fieldset
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scores.admin.moderating.confirmation import ModeratingAdmin
from scores.admin.moderating.events import RunModeration, UndoModeration, chosen_words
from scores.admin.moderating.form import USED, OrderForm
from scores.admin.moderating.order import Order, exact_time
from scores.models import Moderation
from scores.trust.moderations import selection_of


@admin.register(Moderation)
class ModerationAdmin(ModeratingAdmin):
    """Newest first. To add one is to moderate."""

    list_display = ("begun", "chosen", "who", "reason", "state")
    list_display_links = ("begun",)
    ordering = ("-moderation_id",)
    search_fields = ("=moderation_id", "=who")
    search_help_text = "The whole of a moderation id, or of who it was (staff:ada, token:mod-1, command:moderate)."
    fields: ClassVar = ("chosen", "who", "reason", "begun", "finished_at", "undone_at", "moderation_id")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_moderate_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 - Django's signature
        return super().has_view_permission(request, obj) or self.has_moderate_permission(request)

    def get_list_display(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's signature
        return [*self.list_display, "steps"] if self.has_moderate_permission(request) else self.list_display

    @admin.display(description="begun (UTC)")
    def begun(self, moderation: Moderation) -> str:
        return exact_time(moderation.created_at)

    @admin.display(description="what is reversed")
    def chosen(self, moderation: Moderation) -> str:
        return chosen_words(selection_of(moderation)).capitalize()

    @admin.display(description="state")
    def state(self, moderation: Moderation) -> str:
        if moderation.undone_at:
            return "undone"
        return "done" if moderation.finished_at else "interrupted, or running"

    @admin.display(description="")
    def steps(self, moderation: Moderation) -> SafeString:
        return format_html('<a href="{}">Undo</a>', reverse("admin:scores_moderation_undo", args=[moderation.pk]))

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
            return self.ask(request, form.order, sent_again=form.sent_again(), back=self._list(), can_change=True)
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
        return self.ask(request, order, sent_again=[], back=self._list())

    def _found(self, request: HttpRequest, object_id: str) -> Moderation:
        self._refuse_others(request)
        found: Moderation | None = self.get_object(request, object_id)
        if found is None:
            raise Http404("There is no such moderation")
        return found

    def _refuse_others(self, request: HttpRequest) -> None:
        if not self.has_moderate_permission(request):
            raise PermissionDenied

    def _list(self) -> str:
        return reverse("admin:scores_moderation_changelist")
