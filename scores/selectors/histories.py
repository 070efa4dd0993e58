"""Reads a user's score events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.runtime.flows.flow import Flow
from scores.models import ADJUSTMENT, REVERSAL
from scores.sql.statements import statement_of


@dataclass(frozen=True, slots=True)
class EventRow:
    """A score event, without what only operators may see."""

    event_id: str
    action_id: str
    action_type: str
    score_increment: int
    created_at: datetime
    metadata: Mapping[str, Any] | None

    @property
    def shown_metadata(self) -> dict[str, Any]:
        """Without a moderator's reason, which may name others."""
        shown = dict(self.metadata or {})
        if self.action_type in {ADJUSTMENT, REVERSAL}:
            shown.pop("reason", None)
        return shown


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Score events of one user, newest first."""

    user_id: str
    events: Sequence[EventRow]
    limit: int
    offset: int
    total: int


def list_history(*, user_id: str, limit: int, offset: int) -> Flow[HistoryPage]:
    """Raises UserNotFound for a user who has never scored."""
    # PostgreSQL refuses U+0000, even in a parameter.
    exists, total = (False, 0) if "\0" in user_id else (yield from _count(user_id))
    if not exists:
        raise UserNotFound(details={"userId": user_id})
    parameters = {"user_id": user_id, "limit": limit, "offset": offset}
    events = (yield from statement_of("history", EventRow, parameters)) if offset < total else []
    return HistoryPage(user_id, events, limit, offset, total)


def _count(user_id: str) -> Flow[tuple[bool, int]]:
    (found,) = yield from statement_of("count_events", _count_row, {"user_id": user_id})
    return found


def _count_row(exists: bool, total: int) -> tuple[bool, int]:
    return exists, total
