"""Every call to Redis goes through here: short timeouts, and a breaker so that a Redis that hangs costs one wait."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreboard_project.runtime.metrics import redis_failures

Answer = TypeVar("Answer")
log = logging.getLogger("scoreboard.redis")


class RedisUnavailable(Exception):
    """Redis did not answer. Never reaches a client where PostgreSQL can answer instead."""


class RedisGuard:
    """One breaker a process: after a failure no call is tried for REDIS_BREAKER_SECONDS, then one at a time is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_again_at = 0.0

    def call(self, command: Callable[["Redis"], Answer]) -> Answer:
        """`command(client)`. Raises RedisUnavailable, at once while the breaker is open."""
        probing = self._admit()
        try:
            answer = command(get_redis_connection("default"))
        except RedisError as error:
            self._open(error)
            raise RedisUnavailable(str(error)) from error
        if probing:
            self._close()
        return answer

    def is_open(self) -> bool:
        """Whether Redis failed a moment ago."""
        return self._closed_again_at > 0

    def _admit(self) -> bool:
        if not self._closed_again_at:
            return False
        with self._lock:
            now = time.monotonic()
            if now < self._closed_again_at:
                raise RedisUnavailable("Redis failed a moment ago")
            # The caller is the probe; the others go on without Redis until it is back.
            self._closed_again_at = now + max(settings.REDIS_BREAKER_SECONDS, settings.REDIS_TIMEOUT_SECONDS)
            return True

    def _open(self, error: RedisError) -> None:
        if not isinstance(error, RedisConnectionError | RedisTimeoutError):
            log.error("Redis refused a command", exc_info=error)
            return
        with self._lock:
            if not self._closed_again_at:
                log.warning("Redis is away, going on without it", extra={"reason": str(error)})
            redis_failures.inc()
            self._closed_again_at = time.monotonic() + settings.REDIS_BREAKER_SECONDS

    def _close(self) -> None:
        with self._lock:
            self._closed_again_at = 0.0
        log.warning("Redis is back")


guard = RedisGuard()
