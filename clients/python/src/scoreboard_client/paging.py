"""What all paged listings share."""

from collections.abc import Iterator
from typing import Protocol, TypeVar

from scoreboard_client.answers import HistoryPage, Pagination, ScoreEvent

MAX_BOARD_LIMIT = 100
MAX_HISTORY_LIMIT = 200


class Page(Protocol):
    @property
    def pagination(self) -> Pagination: ...


P = TypeVar("P", bound=Page)


def next_offset(page: Page) -> int | None:
    """The offset of the next page; None after the last page."""
    return page.pagination.offset + page.pagination.limit if page.pagination.has_more else None


class NewEvents:
    """Drops events that moved to the next page because newer events arrived between two reads."""

    def __init__(self) -> None:
        self._last_page: frozenset[str] = frozenset()

    def of(self, page: HistoryPage) -> Iterator[ScoreEvent]:
        """The events of this page that were not on the previous page."""
        before, self._last_page = self._last_page, frozenset(event.event_id for event in page.events)
        return (event for event in page.events if event.event_id not in before)
