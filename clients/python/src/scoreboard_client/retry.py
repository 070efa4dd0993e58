"""How long to wait before the next try."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LARGEST_EXPONENT = 32


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with full jitter: from nothing to `base_seconds`, twice that, and so on up to `cap_seconds`."""

    base_seconds: float = 0.2
    cap_seconds: float = 10.0

    def seconds(self, failures: int) -> float:
        """The wait after so many failures in a row, counted from 1."""
        longest = min(self.cap_seconds, self.base_seconds * 2.0 ** min(failures - 1, LARGEST_EXPONENT))
        return random.uniform(0, longest)  # noqa: S311 - a spread


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is sent, and how long that may take in all.

    A try begins only when the wait before it ends within `total_seconds`, and gets no more than what is left of them.
    """

    attempts: int = 5
    total_seconds: float = 30.0
    backoff: Backoff = Backoff()

    def wait_before_retry(self, failures: int, retry_after: float | None) -> float:
        """Seconds. What the server asks for comes first; the jitter on top keeps clients from coming back together."""
        return (retry_after or 0.0) + self.backoff.seconds(failures)


@dataclass(frozen=True, slots=True)
class LivePolicy:
    """When a live subscription comes back. `attempts` in a row without a board end it; None: it never gives up.

    After a close for too many sockets or messages it waits from half to the whole of `too_many_seconds`.
    """

    attempts: int | None = None
    too_many_seconds: float = 60.0
    backoff: Backoff = Backoff(base_seconds=0.5, cap_seconds=30.0)

    def wait_after_too_many(self) -> float:
        """Seconds."""
        return self.too_many_seconds * random.uniform(0.5, 1)  # noqa: S311 - a spread


DEFAULT_RETRY = RetryPolicy()
DEFAULT_LIVE = LivePolicy()


def read_retry_after(value: str | None) -> float | None:
    """The seconds of a `Retry-After` header, which holds a number or a date; None when it holds neither."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
