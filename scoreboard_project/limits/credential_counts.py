"""The cache that django-ratelimit counts in: Redis for all processes together, this process's memory without it."""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

from scoreboard_project.runtime.redis import RedisUnavailable, redis

# django-ratelimit's minute, and the seconds that it adds.
COUNT_SECONDS = 65


class CredentialCounts(LocMemCache):
    """`add` and `incr`, the two calls that counting needs, each atomic in Redis and in memory."""

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:  # noqa: ANN401 - the cache API's own
        """Start a count unless there is one. Whether it was started."""
        redis_key = self.make_and_validate_key(key, version=version)
        try:
            return redis.set(redis_key, value, ex=COUNT_SECONDS, nx=True)
        except RedisUnavailable:
            return super().add(key, value, timeout, version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The count after adding `delta`; a count that ended meanwhile starts again."""
        redis_key = self.make_and_validate_key(key, version=version)
        try:
            count = int(redis.execute("INCRBY", redis_key, delta))
            redis.execute("EXPIRE", redis_key, COUNT_SECONDS, "NX")
        except RedisUnavailable:
            super().add(key, 0, COUNT_SECONDS, version)
            return super().incr(key, delta, version)
        return count
