"""`/players/<user id>`: one player with their neighbours and the score of each day."""

from datetime import UTC, date, datetime
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from live.pages.page import render_page, unavailable_page
from scoreboard_project.api.errors import RateLimitExceeded, UserNotFound
from scoreboard_project.limits.page_limit import check_page_rate
from scoreboard_project.runtime.flows.flow import run
from scores.selectors.users import AroundOf, DaySum, StandingOf, list_daily_sums

NEIGHBOURS = 5
CHART_DAYS = 90


@require_safe
def player_page(request: HttpRequest, user_id: str) -> HttpResponse:
    """404 for a player who never scored, 429 after too many pages."""
    try:
        check_page_rate(request)
        return render_page(request, "player", _player(user_id))
    except RateLimitExceeded as error:
        return _too_many_pages(request, error)
    except UserNotFound:
        return render_page(request, "unknown_player", {"user_id": user_id}, status=404)
    except Error as error:
        return unavailable_page(request, error)


def _too_many_pages(request: HttpRequest, error: RateLimitExceeded) -> HttpResponse:
    page = render_page(request, "too_many_pages", {"seconds": error.details["retryAfter"]}, status=error.status)
    for name, value in error.headers.items():
        page[name] = value
    return page


def _player(user_id: str) -> dict[str, Any]:
    player = StandingOf(user_id).ask()
    around = AroundOf(user_id, NEIGHBOURS).ask()
    days = run(list_daily_sums(user_id=user_id, days=CHART_DAYS, today=datetime.now(UTC).date()))
    return {
        "player": player,
        "rows": list(enumerate(around.rows, start=around.first_rank)),
        "neighbours": NEIGHBOURS,
        "played_days": [day for day in reversed(days) if day.actions],
        "days": [_day(day) for day in days],
        "chart_days": CHART_DAYS,
    }


def _day(found: DaySum) -> dict[str, date | int]:
    return {"date": found.day, "score": found.score, "actions": found.actions}
