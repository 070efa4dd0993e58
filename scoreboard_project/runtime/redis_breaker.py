"""A circuit breaker for Redis: when Redis hangs, one request waits for it, not every request."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreboard_project.runtime.metrics import redis_failures, redis_refusals

# States of the server, which redis_needs.py reports. Any other error may be our own mistake.
REFUSES_WRITES = frozenset({"READONLY", "NOREPLICAS", "MISCONF", "OOM", "NOPERM", "MASTERDOWN", "BUSY", "LOADING"})
LACKS_SLOTS = frozenset({"CLUSTERDOWN", "MOVED", "ASK", "TRYAGAIN"})
# FOREIGN comes from our own scripts: the ranks belong to another database.
STATES = REFUSES_WRITES | LACKS_SLOTS | {"FOREIGN"}
CODES = STATES | {"WRONGTYPE", "CROSSSLOT"}
GENERAL_CODE = "ERR"
FAULT_LOG_SECONDS = 60
# Inside a script, Valkey and Redis report a forbidden command under the general code.
NOT_PERMITTED_IN_SCRIPT = ("ACL failure in script", "can't run this command")

# redis-py's asynchronous client lets these through. uvloop raises RuntimeError for a connection that was closed while
# redis-py used it.
LOST_CONNECTION = (RedisError, OSError, RuntimeError)

log = logging.getLogger("scoreboard.redis")


class RedisUnavailable(Exception):
    """Redis did not answer. A client must not see this if PostgreSQL can answer instead."""


class RedisRefused(RedisUnavailable):
    """Redis answered with an error. A script may have done part of its work."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def error_code(error: RedisError) -> str:
    """The code of an error, such as `READONLY`, or the general code."""
    # redis-py removes the codes that it knows from the message.
    known = str(getattr(error, "status_code", None))
    return known if known in CODES else code_of(str(error))


def code_of(message: str) -> str:
    """The code at the beginning of an error message, or the general code."""
    # redis-py puts the command in front of an error in a pipeline.
    _, _, message = message.rpartition(" caused error: ")
    if any(words in message for words in NOT_PERMITTED_IN_SCRIPT):
        return "NOPERM"
    word, _, _ = message.partition(" ")
    return word if word in CODES else GENERAL_CODE


class RedisBreaker:
    """After a failure, calls fail at once for REDIS_BREAKER_SECONDS. Then one call at a time is tried.

    There is one breaker per process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # On the monotonic clock. 0 while the breaker is closed.
        self.next_try_at = 0.0
        self._next_fault_log_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last call that was tried failed."""
        return self.next_try_at > 0

    @contextmanager
    def guard(self) -> Iterator[None]:
        """For one call: raises RedisUnavailable instead of redis-py's errors, and at once after a failure."""
        probing = self.admit()
        try:
            yield
        except RedisError as error:
            failure = self.note_failure(error)
            if probing and isinstance(failure, RedisRefused):
                self.close()
            raise failure from error
        if probing:
            self.close()

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

    def note_failure(self, error: RedisError) -> RedisUnavailable:
        """Open the breaker, unless Redis did answer and only refused the command. Returns the error to raise."""
        if not isinstance(error, RedisConnectionError | RedisTimeoutError):
            return self._refused(error)
        with self._lock:
            if not self.next_try_at:
                log.warning("Redis is unavailable; continuing without it", extra={"reason": str(error)})
            redis_failures.inc()
            self.next_try_at = time.monotonic() + settings.REDIS_BREAKER_SECONDS
        return RedisUnavailable(str(error))

    def _refused(self, error: RedisError) -> RedisRefused:
        code = error_code(error)
        redis_refusals.labels(code).inc()
        now = time.monotonic()
        if code not in STATES and now >= self._next_fault_log_at:
            self._next_fault_log_at = now + FAULT_LOG_SECONDS
            log.error("Redis refused a command", extra={"reason": str(error)})
        return RedisRefused(str(error), code)

    def close(self) -> None:
        """Let every call through again."""
        with self._lock:
            self.next_try_at = 0.0
        log.warning("Redis is available again")
