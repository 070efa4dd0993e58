"""What requests leave behind: log lines, counted requests, what is stored of a user, and limits."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from scoreboard_project.api.request_id import _timer, request_seconds
from scoreboard_project.runtime.logs import JsonLogFormatter
from scoreboard_project.runtime.redis import redis
from scores.models import ScoreEvent, ScoreRequest, UserScore

CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<=api_)[0-9]{13}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"
    r'|(?<=W/")[0-9a-f]{24}'
    r'|(?<="ticket":")[\w-]{32}'
)
CHANGING_FIELDS = {"time", "milliseconds"}
EVENT = ("action_type", "score_increment", "score_after", "request_id", "ip_address", "user_agent", "metadata")
LOGGERS = ("scoreboard", "django")
# It works after the answer, and notes a connection that an earlier test cut.
AFTER_THE_ANSWER = "scoreboard.publisher"


def alike(text: str) -> str:
    """The text without what is another each time: generated ids, moments, ETags and tickets."""
    return CHANGING.sub("…", text)


@dataclass
class Traces:
    """What was left, in a form to be compared."""

    lines: list[Any] = field(default_factory=list)
    counted: dict[str, float] = field(default_factory=dict)
    stored: list[Any] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)


class _Lines(logging.Handler):
    """Keeps what the production formatter makes of the records."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLogFormatter())
        self.lines: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        return record.name != AFTER_THE_ANSWER

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def witnessed() -> Iterator[Traces]:
    """What the requests of the block leave behind, complete after it."""
    found, handler = Traces(), _Lines()
    _count_anew()
    for name in LOGGERS:
        logging.getLogger(name).addHandler(handler)
    try:
        yield found
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(handler)
    found.lines = [_line(line) for line in handler.lines]
    found.counted = _counts()
    found.stored = left_by_ana()
    found.limits = {key.decode(): redis.execute("LLEN", key) for key in sorted(redis.execute("KEYS", "*:rate:*"))}


def left_by_ana() -> list[Any]:
    """What the stores have of her, and the number of all remembered requests."""
    users = UserScore.objects.filter(user_id="ana").values("username", "current_score", "total_actions")
    events = ScoreEvent.objects.filter(user_id="ana").order_by("created_at").values(*EVENT)
    named = [{**event, "request_id": alike(event["request_id"])} for event in events]
    return [*users, *named, ScoreRequest.objects.count()]


def _line(line: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(alike(line)).items() if name not in CHANGING_FIELDS}


def _count_anew() -> None:
    """To read all counts of a test run takes longer than a request."""
    request_seconds.clear()
    _timer.cache_clear()


def _counts() -> dict[str, float]:
    """Requests by route, method and status."""
    (found,) = request_seconds.collect()
    return {str(sample.labels): sample.value for sample in found.samples if sample.name.endswith("_count")}
