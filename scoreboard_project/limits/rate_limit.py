"""Limits in any window of time, exact however many requests, threads, processes and machines count at once.

One script on the Redis server decides, by that server's clock. While Redis is away each process allows as much alone.
"""

import hashlib
import math

from django.conf import settings

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.limits.local_window import LocalWindow
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable, redis

SECONDS_PER_MINUTE = 60
MICROSECONDS = 1_000_000

SLIDING_WINDOW = LuaScript[int](__file__, "sliding_window")

local_window = LocalWindow()


def check_score_update_rate(user_id: str) -> None:
    """Count one score update of the user. Raises RateLimitExceeded. SCORE_UPDATES_PER_MINUTE=0 allows all."""
    check_rate("score_updates", user_id, limit=settings.SCORE_UPDATES_PER_MINUTE, window_seconds=SECONDS_PER_MINUTE)


def check_rate(name: str, key: str, limit: int, window_seconds: int, cost: int = 1) -> None:
    """Count `cost` units of what `name` limits for `key`: at most `limit` in any `window_seconds`; 0 is no limit.

    Raises RateLimitExceeded, and then counts nothing. A cost above the limit is never allowed.
    """
    if not limit or cost <= 0:
        return
    wait = window_seconds if cost > limit else _wait_seconds(name, key, limit, window_seconds, cost)
    if wait > 0:
        raise RateLimitExceeded(
            retry_after=max(1, math.ceil(wait)), details={"limit": limit, "windowSeconds": window_seconds}
        )


def _wait_seconds(name: str, key: str, limit: int, window_seconds: int, cost: int) -> float:
    redis_key = rate_key(name, key)
    arguments = (limit, window_seconds * MICROSECONDS, cost)
    try:
        return redis.run_script(SLIDING_WINDOW, [redis_key], arguments) / MICROSECONDS
    except RedisUnavailable:
        return local_window.wait_seconds(redis_key, limit=limit, window_seconds=window_seconds, cost=cost)


def rate_key(name: str, key: str) -> str:
    """The Redis key that counts. A digest: a user id may be long, and may hold braces that would move the key."""
    digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    return f"{settings.REDIS_KEY_PREFIX}:rate:{name}:{{{digest}}}"
