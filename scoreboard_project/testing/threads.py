"""Work done by many threads at once, each with its own database connection."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(work: Callable[[Item], Result], items: Iterable[Item], threads: int = 16) -> list[Result]:
    """The answers of `work(item)`, in the order of the items."""

    def once(item: Item) -> Result:
        try:
            return work(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(once, items))


def started(work: Callable[[], Result]) -> Callable[[], Result]:
    """Begin `work` in a thread. Call what comes back to wait for its answer."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(lambda: in_threads(lambda _: work(), [None], threads=1)[0])
    pool.shutdown(wait=False)
    return future.result
