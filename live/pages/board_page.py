"""`/`: the top of the board. The page works without scripts; the scripts keep it live."""

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from leaderboard.board_keys import BOARD_LIMITS
from live.pages.page import render_page, unavailable_page
from scoreboard_project.runtime.flows.flow import run
from scores.selectors.boards import read_board_page

DEFAULT_SIZE = 10


@require_safe
def board_page(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("limit", "")
    size = int(asked) if asked in map(str, BOARD_LIMITS) else DEFAULT_SIZE
    try:
        page = run(read_board_page(limit=size, offset=0))
    except Error as error:
        return unavailable_page(request, error)
    rows = list(enumerate(page.rows, start=1))
    return render_page(request, "board", {"sizes": BOARD_LIMITS, "size": size, "rows": rows, "total": page.total})
