"""The admin's page of who is watching. It reads Redis and has no table."""

from datetime import UTC, datetime

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from live.counts.presence import ProcessPresence, read_presence, total_subscriptions
from live.counts.sessions import MOST_FOUND, Session, find_sessions
from scoreboard_project.runtime.redis import RedisUnavailable


@require_safe
@permission_required("scores.view_userscore", raise_exception=True)
def presence_page(request: HttpRequest) -> HttpResponse:
    """Sockets, users and subscriptions by size of each live process, and the sockets themselves.

    `?user=` shows those of one user. `admin_view` lets only staff in.
    """
    user_id = request.GET.get("user", "")
    sessions: list[tuple[str, Session]] = []
    try:
        processes: list[ProcessPresence] | None = read_presence()
        sessions = find_sessions((process.name for process in processes or []), user_id)
    except RedisUnavailable:
        processes = None
    context = {
        **admin.site.each_context(request),
        "title": "Live boards: presence",
        "is_known": processes is not None,
        "rows": [_row(process) for process in processes or []],
        "sockets": sum(process.sockets for process in processes or []),
        "users": sum(process.users for process in processes or []),
        "user_id": user_id,
        "sessions": sessions,
        "most_sessions": MOST_FOUND,
        "subscriptions": sorted(total_subscriptions(processes or []).items()),
    }
    return render(request, "live/admin_presence.html", context)


def _row(process: ProcessPresence) -> dict[str, object]:
    return {
        "name": process.name,
        "sockets": process.sockets,
        "users": process.users,
        "subscriptions": sorted(process.subscriptions.items()),
        "heard": datetime.fromtimestamp(process.heard, UTC),
    }
