"""What both pages show of a user: the state, the chart, the events, and why the score is what it is."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from scores.admin.read_only import BoundedPaginator
from scores.admin.review.chart import LARGE, Times, draw
from scores.models import Flag, ModeratedUser, ScoreEvent, UserScore
from scores.trust.detection.points_by_time import points_by_time
from scores.trust.explanations import explain_score, judge_events

EVENTS_A_PAGE = 50
FLAGS_SHOWN = 20
# Whoever sees events sees addresses, agents and metadata.
PERMISSION = "scores.view_scoreevent"


def history_context(
    request: HttpRequest, user_id: str, *, day_ends: datetime, marked: Times | None = None
) -> dict[str, Any]:
    """`marked`: only the events of this time, which is shaded in the chart. Nothing for who may not see events."""
    if not request.user.has_perm(PERMISSION):
        return {}
    events = ScoreEvent.objects.filter(user_id=user_id)
    if marked:
        events = events.filter(created_at__gte=marked[0], created_at__lt=marked[1])
    page = _page(request, events)
    (found,) = points_by_time([(user_id, day_ends)])
    return {
        "player": UserScore.objects.filter(pk=user_id).first(),
        "moderated": ModeratedUser.objects.filter(pk=user_id).first(),
        "chart": draw(found, LARGE, marked),
        "page": page,
        "events": judge_events(user_id, page.object_list),
        "why": explain_score(user_id),
        "flags": Flag.objects.filter(user_id=user_id).order_by("-flag_id")[:FLAGS_SHOWN],
    }


def _page(request: HttpRequest, events: QuerySet[ScoreEvent]) -> Any:  # noqa: ANN401 - Django does not export the type
    paginator: Paginator[ScoreEvent] = BoundedPaginator(events, EVENTS_A_PAGE)
    return paginator.get_page(request.GET.get("p"))
