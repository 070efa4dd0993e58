"""Logs PostgreSQL's refusals: one line in some seconds for each kind, not one for each request."""

import logging
from collections import Counter
from time import monotonic

from scoreboard_project.runtime.postgres.states import SET_UP_WRONGLY, Refusal

AGAIN_SECONDS = 10.0
# A wrong setup stays until an operator corrects it, and /readyz reports it.
SET_UP_AGAIN_SECONDS = 600.0

log = logging.getLogger("scoreboard.postgresql")
_next_line_at: dict[str, float] = {}
_unsaid: Counter[str] = Counter()


def log_refusal(refusal: Refusal) -> None:
    """Write a line, or count the refusal for the next line of its kind."""
    kind = str(refusal)
    if monotonic() < _next_line_at.get(kind, 0.0):
        _unsaid[kind] += 1
        return
    pause = SET_UP_AGAIN_SECONDS if refusal.meaning is SET_UP_WRONGLY else AGAIN_SECONDS
    _next_line_at[kind] = monotonic() + pause
    unsaid = _unsaid.pop(kind, 0)
    log.error(
        "PostgreSQL refused a request",
        extra={"reason": kind, "details": refusal.said, **({"requestsSinceLastLine": unsaid} if unsaid else {})},
    )
