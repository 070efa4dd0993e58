"""What is the same for every listing that comes in pages."""

from collections.abc import Iterator
from typing import Protocol, TypeVar

from scoreboard_client.answers import HistoryPage, Pagination, ScoreEvent

MAX_BOARD_LIMIT = 100
MAX_HISTORY_LIMIT = 200


class Page(Protocol):
    """A page of something."""

    @property
    def pagination(self) -> Pagination:
        """Where it lies."""
        ...


P = TypeVar("P", bound=Page)


def next_offset(page: Page) -> int | None:
    """Where the next page begins; None after the last."""
    return page.pagination.offset + page.pagination.limit if page.pagination.has_more else None


class NewEvents:
    """Drops the events that slid from one page onto the next because newer ones came meanwhile."""

    def __init__(self) -> None:
        self._last_page: frozenset[str] = frozenset()

    def of(self, page: HistoryPage) -> Iterator[ScoreEvent]:
        """The events of the page that the page before did not have."""
        before, self._last_page = self._last_page, frozenset(event.event_id for event in page.events)
        return (event for event in page.events if event.event_id not in before)
