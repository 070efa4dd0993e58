"""How long work says how far it is: `advance(n)` after each n rows, such as a progress bar's `update`."""

from collections.abc import Callable

Advance = Callable[[int], object]


def unwatched(_: int) -> None:
    """No progress bar."""
