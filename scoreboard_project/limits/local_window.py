"""The sliding window of one process, for the time that Redis is away."""

import threading
import time
from collections import OrderedDict, deque

MAX_KEYS = 10_000


class LocalWindow:
    """Counts per key what was allowed lately, for at most MAX_KEYS keys: the one unused longest is forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._allowed: OrderedDict[str, deque[tuple[float, int]]] = OrderedDict()

    def wait_seconds(self, key: str, *, limit: int, window_seconds: float, cost: int) -> float:
        """0 when `cost` units are allowed now (and counted), else the seconds until they would be."""
        now = time.monotonic()
        with self._lock:
            allowed = self._entries(key)
            while allowed and allowed[0][0] <= now - window_seconds:
                allowed.popleft()
            excess = sum(units for _, units in allowed) + cost - limit
            if excess > 0:
                return _leaves_at(allowed, excess) + window_seconds - now
            allowed.append((now, cost))
            return 0.0

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._allowed.clear()

    def _entries(self, key: str) -> deque[tuple[float, int]]:
        entries = self._allowed.setdefault(key, deque())
        self._allowed.move_to_end(key)
        if len(self._allowed) > MAX_KEYS:
            self._allowed.popitem(last=False)
        return entries


def _leaves_at(allowed: deque[tuple[float, int]], excess: int) -> float:
    for moment, units in allowed:
        excess -= units
        if excess <= 0:
            return moment
    raise ValueError("The cost is greater than the limit")
