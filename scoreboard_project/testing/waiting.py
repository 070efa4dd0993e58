"""Waiting for a condition, so that no test sleeps and hopes."""

import http.client
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import connection

from scoreboard_project.runtime.redis import RedisUnavailable, redis


def wait_for(condition: Callable[[], object], *, seconds: float = 30) -> None:
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


def someone_waits_for_a_lock() -> bool:
    """Whether a statement in the test database waits for a row that another transaction holds."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        cursor.execute(waiting)
        return cursor.fetchone() is not None


def status_of(address: str) -> int | None:
    """The status that a GET of the address is answered with, or None where nobody answers yet. Cheap: it is polled."""
    found = urlsplit(address)
    connection = http.client.HTTPConnection(found.hostname or "", found.port, timeout=2)
    try:
        connection.request("GET", found.path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
