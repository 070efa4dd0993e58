"""The page between choosing rows in the admin and moderating them: what it would do, and why."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from scoreboard_project.api.errors import ApiError
from scores.admin.read_only import ReadOnlyAdmin
from scores.management.arguments import LONGEST_REASON
from scores.trust.previews import Preview

MAX_CHOSEN = 1000
PERMISSION = "scores.change_userscore"
# Takes the rows and the reason, and returns what to tell the staff user.
Work = Callable[[Sequence[Any], str], str]


class ModeratingAdmin(ReadOnlyAdmin):
    """A list whose rows moderators may act on. They never edit or delete one."""

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """As for tokens with the scope `scores:moderate`."""
        user = request.user
        return bool(user.is_active and user.has_perm(PERMISSION))

    def ask_for_reason(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        work: Work,
        *,
        explanation: str,
        preview: Callable[[Sequence[Any]], Preview] | None = None,
    ) -> HttpResponse | None:
        """Show the page, or do the work once a reason is given."""
        rows, problem = list(queryset[: MAX_CHOSEN + 1]), ""
        if len(rows) > MAX_CHOSEN:
            self.message_user(request, f"Choose at most {MAX_CHOSEN} rows.", messages.ERROR)
            return None
        if "confirm" in request.POST:
            reason = request.POST.get("reason", "").strip()
            if reason and reason.isprintable() and len(reason) <= LONGEST_REASON:
                self._work(request, work, rows, reason)
                return None
            problem = f"A reason has 1 to {LONGEST_REASON} printable characters."
        context = {
            **admin.site.each_context(request),
            "title": explanation.partition(".")[0],
            "explanation": explanation,
            "rows": rows,
            "action": request.POST["action"],
            "preview": preview(rows) if preview else None,
            "is_reason_visible": preview is not None,
            "problem": problem,
        }
        return TemplateResponse(request, "scores/admin_moderate.html", context)

    def _work(self, request: HttpRequest, work: Work, rows: Sequence[Any], reason: str) -> None:
        try:
            self.message_user(request, work(rows, reason), messages.SUCCESS)
        except ApiError as error:
            self.message_user(request, str(error), messages.ERROR)
