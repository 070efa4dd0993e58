"""Rate limits that are exact in any window of time, across all threads, processes and machines.

One script on the Redis server decides, by that server's clock. While Redis is unavailable, each process allows the
whole limit.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.runtime.flows.flow import Flow, run
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable, redis
from scoreboard_project.runtime.redis_questions import ScriptCall, ScriptCalls

SECONDS_PER_MINUTE = 60
MICROSECONDS = 1_000_000
MAX_LOCAL_KEYS = 10_000

SLIDING_WINDOW = LuaScript[int](__file__, "sliding_window")


def check_rate(name: str, key: str, limit: int, window_seconds: int, cost: int = 1) -> None:
    """`checked_rate` in this thread."""
    run(checked_rate(name, key, limit, window_seconds, cost))


def forget_rate(name: str, key: str) -> None:
    """Begin to count anew. While Redis is unavailable, only this process does."""
    local_window.forget(rate_key(name, key))
    with suppress(RedisUnavailable):
        redis.execute("DEL", rate_key(name, key))


def checked_rate(name: str, key: str, limit: int, window_seconds: int, cost: int = 1) -> Flow[None]:
    """Count `cost` units of what `name` limits for `key`: at most `limit` in any `window_seconds`.

    A limit of 0 allows all.

    Raises RateLimitExceeded, and then counts nothing. A cost above the limit is never allowed.
    """
    if not limit or cost <= 0:
        return
    if cost > limit:
        raise _exceeded(window_seconds, limit, window_seconds)
    (refusal,) = yield from refusals_by_rate(name, [key], limit, window_seconds, cost)
    if refusal:
        raise refusal


def refusals_by_rate(
    name: str, keys: Sequence[str], limit: int, window_seconds: int, cost: int = 1
) -> Flow[list[RateLimitExceeded | None]]:
    """`checked_rate` for several keys, which may repeat, in one round trip: the error of each that is refused."""
    redis_keys = [rate_key(name, key) for key in keys]
    words = (limit, window_seconds * MICROSECONDS, cost)
    answers = yield from ScriptCalls([ScriptCall(SLIDING_WINDOW, [key], words) for key in redis_keys])
    waits = [
        local_window.wait_seconds(key, limit=limit, window_seconds=window_seconds, cost=cost)
        if isinstance(answer, RedisUnavailable)
        else answer / MICROSECONDS
        for key, answer in zip(redis_keys, answers, strict=True)
    ]
    return [_exceeded(wait, limit, window_seconds) if wait > 0 else None for wait in waits]


def _exceeded(wait: float, limit: int, window_seconds: int) -> RateLimitExceeded:
    return RateLimitExceeded(
        retry_after=max(1, math.ceil(wait)), details={"limit": limit, "windowSeconds": window_seconds}
    )


def rate_key(name: str, key: str) -> str:
    """The Redis key of a counter. It has a digest, because a user id can be long or contain braces (a hash tag)."""
    digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    return f"{settings.REDIS_KEY_PREFIX}:rate:{name}:{{{digest}}}"


class LocalWindow:
    """The sliding window of one process, used while Redis is unavailable.

    Counts per key what was allowed lately, for at most MAX_LOCAL_KEYS keys: the one unused longest is forgotten first.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._allowed: OrderedDict[str, deque[tuple[float, int]]] = OrderedDict()

    def wait_seconds(self, key: str, *, limit: int, window_seconds: float, cost: int) -> float:
        """0 if `cost` units are allowed now, which counts them; otherwise the seconds until they are."""
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

    def forget(self, key: str) -> None:
        with self._lock:
            self._allowed.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._allowed.clear()

    def _entries(self, key: str) -> deque[tuple[float, int]]:
        entries = self._allowed.setdefault(key, deque())
        self._allowed.move_to_end(key)
        if len(self._allowed) > MAX_LOCAL_KEYS:
            self._allowed.popitem(last=False)
        return entries


def _leaves_at(allowed: deque[tuple[float, int]], excess: int) -> float:
    for moment, units in allowed:
        excess -= units
        if excess <= 0:
            return moment
    raise ValueError("The cost is greater than the limit")


local_window = LocalWindow()
