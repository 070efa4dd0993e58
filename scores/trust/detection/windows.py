"""The pieces of time that detectors look at. They are the same whenever, and however often, they are looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TEN_MINUTES = timedelta(minutes=10)
HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` on, and before `end`."""

    start: datetime
    end: datetime


def floor(moment: datetime, span: timedelta) -> datetime:
    """The start of the window of that length in which the moment is."""
    return moment - (moment - EPOCH) % span


def windows(since: datetime, until: datetime, span: timedelta) -> Iterator[Window]:
    """The windows from that in which `since` is, to the last one that is over by `until`, oldest first."""
    start = floor(since, span)
    while start + span <= until:
        yield Window(start, start + span)
        start += span
