"""The page between ordering something and doing it: what it would do, how the top of the board would look, and why."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from leaderboard.types import BoardRow
from scoreboard_project.api.errors import ApiError
from scores.admin.moderating.order import Order
from scores.admin.read_only import ReadOnlyAdmin
from scores.management.arguments import LONGEST_REASON
from scores.trust.previews import top_of_board

MAX_CHOSEN = 1000
PERMISSION = "scores.change_userscore"
Pairs = Iterable[tuple[str, str]]
Back = Callable[[], str]


class ReasonForm(forms.Form):
    """Why. It is kept in the audit."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={"required": "Give a reason."},
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not reason.isprintable():
            raise forms.ValidationError("Use printable characters only.")
        return reason


class ModeratingAdmin(ReadOnlyAdmin):
    """A list whose rows moderators may act on. They never edit or delete one."""

    class Media:
        css = {"all": ("scores/moderating.css",)}  # noqa: RUF012 - Django's own shape

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """As for tokens with the scope `scores:moderate`."""
        user = request.user
        return bool(user.is_active and user.has_perm(PERMISSION))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every action of these lists moderates. Raises PermissionDenied."""
        if request.method == "POST" and not self.has_moderate_permission(request):
            raise PermissionDenied
        return super().changelist_view(request, extra_context)

    def ask_about_rows(
        self, request: HttpRequest, queryset: QuerySet[Any], order: Callable[[Sequence[Any]], Order]
    ) -> HttpResponse:
        """For an action of the list: the order is about the rows that are ticked."""
        rows = list(queryset[: MAX_CHOSEN + 1])
        if len(rows) > MAX_CHOSEN:
            self.message_user(request, f"Choose at most {MAX_CHOSEN:,} rows.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        chosen = [(ACTION_CHECKBOX_NAME, str(row.pk)) for row in rows]
        sent_again = [("action", request.POST["action"]), *chosen]
        return self.ask(request, order(rows), sent_again=sent_again, back=request.get_full_path)

    def ask(
        self, request: HttpRequest, order: Order, *, sent_again: Pairs, back: Back, can_change: bool = False
    ) -> HttpResponse:
        """Show the page, or once a reason is given carry out the order and return to `back`, which is asked for then.

        `sent_again` are the hidden fields of the page. With `can_change` it has a button back to the form.
        """
        form = ReasonForm(request.POST if "confirm" in request.POST else None)
        if form.is_valid():
            try:
                self.message_user(request, order.carry_out(form.cleaned_data["reason"]), messages.SUCCESS)
            except ApiError as error:
                form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(back())
        context = {
            **admin.site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": order.title,
            "order": order,
            "form": form,
            "sent_again": list(sent_again),
            "back": back(),
            "can_change": can_change,
            **_foreseen(order),
        }
        return TemplateResponse(request, "scores/admin/confirm.html", context)


def _foreseen(order: Order) -> dict[str, Any]:
    try:
        found = order.foresee()
    except ApiError as error:
        return {"obstacle": capfirst(str(error))}
    return {
        "facts": found.facts,
        "table": found.table,
        "obstacle": found.obstacle,
        "boards": None if found.top is None else _side_by_side(top_of_board(), found.top),
    }


def _side_by_side(before: Iterable[BoardRow], after: Iterable[BoardRow]) -> list[dict[str, Any]]:
    """Rows of a table: the rank, who has it now, who would have it, and whether that differs."""
    rows, others = [_entry(row) for row in before], [_entry(row) for row in after]
    length = max(len(rows), len(others))
    pairs = zip(_padded(rows, length), _padded(others, length), strict=True)
    return [
        {"rank": rank, "before": old, "after": new, "differs": old != new}
        for rank, (old, new) in enumerate(pairs, start=1)
    ]


def _entry(row: BoardRow) -> dict[str, Any]:
    return {"user_id": row.user_id, "username": row.username, "score": f"{row.score:,}"}


def _padded(rows: list[dict[str, Any]], length: int) -> list[dict[str, Any] | None]:
    return [*rows, *[None] * (length - len(rows))]
