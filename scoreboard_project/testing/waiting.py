"""Waiting for a condition, so that no test sleeps and hopes."""

import time
from collections.abc import Callable

from scoreboard_project.runtime.redis import RedisUnavailable, redis


def wait_for(condition: Callable[[], object], *, seconds: float = 10) -> None:
    """Return once `condition` holds; fail when it does not in time."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)


def redis_answers() -> bool:
    """Whether a call reaches Redis again after a test took it away."""
    try:
        return redis.ping()
    except RedisUnavailable:
        return False
