"""The pages: the live board, and a player on it. They are whole without scripts; the scripts keep them live."""

import logging
from datetime import UTC, date, datetime
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaderboard.board_cache import BoardRow
from leaderboard.board_keys import BOARD_LIMITS
from live.pages.page import allow_only_our_own
from scoreboard_project.api.errors import UserNotFound
from scores.selectors.boards import read_board_page
from scores.selectors.users import DaySum, list_daily_sums, read_around, read_player

DEFAULT_SIZE = 10
NEIGHBOURS = 5
CHART_DAYS = 90

log = logging.getLogger("scoreboard.pages")


@require_safe
def board_page(request: HttpRequest) -> HttpResponse:
    """The top of the board."""
    asked = request.GET.get("limit", "")
    size = int(asked) if asked in map(str, BOARD_LIMITS) else DEFAULT_SIZE
    try:
        page = read_board_page(limit=size, offset=0)
    except DatabaseError:
        log.exception("The board could not be read")
        return _page(request, "unavailable", {}, status=503)
    board = {"rows": _ranked(page.rows, 1), "total": page.total}
    return _page(request, "board", {"sizes": BOARD_LIMITS, "size": size, **board})


@require_safe
def player_page(request: HttpRequest, user_id: str) -> HttpResponse:
    """One player among the neighbours; 404 for a player who never scored."""
    try:
        return _page(request, "player", _player(user_id))
    except UserNotFound:
        return _page(request, "unknown_player", {"user_id": user_id}, status=404)
    except DatabaseError:
        log.exception("A player could not be read")
        return _page(request, "unavailable", {}, status=503)


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return allow_only_our_own(request, render(request, f"live/{name}.html", context, status=status))


def _player(user_id: str) -> dict[str, Any]:
    player = read_player(user_id)
    around = read_around(user_id=user_id, radius=NEIGHBOURS)
    days = list_daily_sums(user_id=user_id, days=CHART_DAYS, today=datetime.now(UTC).date())
    return {
        "player": player,
        "rows": _ranked(around.rows, around.first_rank),
        "neighbours": NEIGHBOURS,
        "played_days": [day for day in reversed(days) if day.actions],
        "days": [_day(day) for day in days],
        "chart_days": CHART_DAYS,
    }


def _ranked(rows: Any, first_rank: int) -> list[tuple[int, BoardRow]]:  # noqa: ANN401 - a tuple or a list of rows
    return list(enumerate(rows, start=first_rank))


def _day(found: DaySum) -> dict[str, date | int]:
    return {"date": found.day, "score": found.score, "actions": found.actions}
