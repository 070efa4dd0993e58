"""How long-running work reports its progress: it calls `advance(n)` after each n rows, as for a progress bar."""

from collections.abc import Callable

Advance = Callable[[int], object]


def unwatched(_: int) -> None:
    """For callers that show no progress."""
