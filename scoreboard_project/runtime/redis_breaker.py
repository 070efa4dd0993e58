"""A breaker before Redis: a server that hangs costs one wait, not one a request."""

import logging
import threading
import time

from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreboard_project.runtime.metrics import redis_failures

log = logging.getLogger("scoreboard.redis")


class RedisUnavailable(Exception):
    """Redis did not answer. Never reaches a client where PostgreSQL can answer instead."""


class RedisBreaker:
    """After a failure no call is tried for REDIS_BREAKER_SECONDS, then one at a time is. One breaker per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By the monotonic clock. 0 while every call goes through.
        self.next_try_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether Redis failed a moment ago."""
        return self.next_try_at > 0

    def admit(self) -> bool:
        """Whether this call is the probe. Raises RedisUnavailable when the call must not be tried."""
        if not self.next_try_at:
            return False
        with self._lock:
            now = time.monotonic()
            if now < self.next_try_at:
                raise RedisUnavailable("Redis failed a moment ago")
            # The caller is the probe; the others go on without Redis until it is back.
            self.next_try_at = now + max(settings.REDIS_BREAKER_SECONDS, settings.REDIS_TIMEOUT_SECONDS)
            return True

    def note_failure(self, error: RedisError) -> None:
        """Open, unless Redis answered and only refused the command."""
        if not isinstance(error, RedisConnectionError | RedisTimeoutError):
            log.error("Redis refused a command", exc_info=error)
            return
        with self._lock:
            if not self.next_try_at:
                log.warning("Redis is away, going on without it", extra={"reason": str(error)})
            redis_failures.inc()
            self.next_try_at = time.monotonic() + settings.REDIS_BREAKER_SECONDS

    def close(self) -> None:
        """Let every call through again."""
        with self._lock:
            self.next_try_at = 0.0
        log.warning("Redis is back")
