"""A circuit breaker for Redis: when Redis hangs, one request waits for it, not every request."""

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
    """Redis did not answer. A client must not see this if PostgreSQL can answer instead."""


class RedisBreaker:
    """After a failure, calls fail at once for REDIS_BREAKER_SECONDS. Then one call at a time is tried.

    There is one breaker per process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # On the monotonic clock. 0 while the breaker is closed.
        self.next_try_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last call that was tried failed."""
        return self.next_try_at > 0

    def admit(self) -> bool:
        """Whether this call is the probe of an open breaker. Raises RedisUnavailable if it must not be tried."""
        if not self.next_try_at:
            return False
        with self._lock:
            now = time.monotonic()
            if now < self.next_try_at:
                raise RedisUnavailable("Redis failed a moment ago")
            # This caller is the probe. The others go on without Redis until it answers again.
            self.next_try_at = now + max(settings.REDIS_BREAKER_SECONDS, settings.REDIS_TIMEOUT_SECONDS)
            return True

    def note_failure(self, error: RedisError) -> None:
        """Open the breaker, unless Redis did answer and only refused the command."""
        if not isinstance(error, RedisConnectionError | RedisTimeoutError):
            log.error("Redis refused a command", exc_info=error)
            return
        with self._lock:
            if not self.next_try_at:
                log.warning("Redis is unavailable; continuing without it", extra={"reason": str(error)})
            redis_failures.inc()
            self.next_try_at = time.monotonic() + settings.REDIS_BREAKER_SECONDS

    def close(self) -> None:
        """Let every call through again."""
        with self._lock:
            self.next_try_at = 0.0
        log.warning("Redis is available again")
