"""How long to wait before the next try."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LARGEST_EXPONENT = 32


@dataclass(frozen=True, slots=True)
class Backoff:
    """A random wait up to a bound: `base_seconds`, doubled with each failure, at most `cap_seconds`."""

    base_seconds: float = 0.2
    cap_seconds: float = 10.0

    def seconds(self, failures: int) -> float:
        """The wait after this number of failures in a row (at least 1)."""
        longest = min(self.cap_seconds, self.base_seconds * 2.0 ** min(failures - 1, LARGEST_EXPONENT))
        return random.uniform(0, longest)  # noqa: S311 - jitter


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is sent at most, and how long all tries may take together.

    A try starts only if the wait before it ends within `total_seconds`, and it gets only the time that is left.
    """

    attempts: int = 5
    total_seconds: float = 30.0
    backoff: Backoff = Backoff()

    def wait_before_retry(self, failures: int, retry_after: float | None) -> float:
        """Seconds: what the server asks for, plus jitter so that clients do not all return at the same moment."""
        return (retry_after or 0.0) + self.backoff.seconds(failures)


@dataclass(frozen=True, slots=True)
class LivePolicy:
    """When a live subscription reconnects. It ends after `attempts` in a row without a board; None: never.

    After a close for too many sockets or messages it waits a random time from half of `too_many_seconds` to all of it.
    """

    attempts: int | None = None
    too_many_seconds: float = 60.0
    backoff: Backoff = Backoff(base_seconds=0.5, cap_seconds=30.0)

    def wait_after_too_many(self) -> float:
        """Seconds."""
        return self.too_many_seconds * random.uniform(0.5, 1)  # noqa: S311 - jitter


DEFAULT_RETRY = RetryPolicy()
DEFAULT_LIVE = LivePolicy()


def read_retry_after(value: str | None) -> float | None:
    """The seconds of a `Retry-After` header, which is a number or a date; None if it is neither."""
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
