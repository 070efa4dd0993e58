"""The score update limit: exact in any sixty seconds, under threads, over processes, and without Redis."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.limits import rate_limit
from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, check_rate, rate_key
from scoreboard_project.runtime.redis import redis

SECOND = 1_000_000
LIMIT = 100
# A server's process: it prints how many of its attempts, made by 32 threads at once, were allowed.
ATTEMPTS = """
import sys
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from scoreboard_project.limits.tests.test_rate_limit import is_allowed
with ThreadPoolExecutor(32) as pool:
    print(sum(pool.map(is_allowed, ["ana"] * int(sys.argv[1]))))
"""


@pytest.fixture(autouse=True)
def nothing_counted(valkey: Any) -> None:
    """Whatever was used before."""
    valkey.flush()
    rate_limit.local_window.clear()


def is_allowed(user_id: str) -> bool:
    try:
        check_rate("score_updates", user_id, LIMIT, SECONDS_PER_MINUTE)
    except RateLimitExceeded:
        return False
    return True


def wait_of(name: str, **arguments: Any) -> int:
    """The Retry-After of a refusal, 0 when it is allowed."""
    try:
        check_rate(name, "key", **arguments)
    except RateLimitExceeded as error:
        return int(error.headers["Retry-After"])
    return 0


def shift(name: str, microseconds: int) -> None:
    """Move every entry of the window, as if time had passed (or the server's clock were set back)."""
    key = rate_key(name, "key")
    entries = [int(entry) - microseconds for entry in redis.execute("LRANGE", key, 0, -1)]
    ttl = redis.execute("PTTL", key)
    redis.delete(key)
    if entries:
        redis.execute("RPUSH", key, *entries)
        redis.execute("PEXPIRE", key, ttl)


def allowed_in_processes(*attempts: int) -> int:
    """How many of so many attempts of one user, by so many processes at once, were allowed."""
    # A busy machine must not look like a Redis that is away.
    environment = {**os.environ, "REDIS_TIMEOUT_SECONDS": "20", "SCORE_UPDATES_PER_MINUTE": "100"}
    processes = [
        subprocess.Popen([sys.executable, "-c", ATTEMPTS, str(count)], env=environment, stdout=subprocess.PIPE)
        for count in attempts
    ]
    return sum(int(process.communicate(timeout=60)[0]) for process in processes)


def test_it_allows_exactly_a_hundred_of_four_hundred_at_once() -> None:
    assert allowed_in_processes(400) == 100


def test_it_is_exact_over_two_processes() -> None:
    assert allowed_in_processes(200, 200) == 100


def test_users_do_not_share_a_limit() -> None:
    assert sum(is_allowed("ana") for _ in range(101)) == 100
    assert is_allowed("bob")


def test_zero_is_no_limit() -> None:
    assert all(wait_of("free", limit=0, window_seconds=60) == 0 for _ in range(150))


def test_it_says_when_the_next_one_is_allowed() -> None:
    for _ in range(100):
        check_rate("score_updates", "ana", LIMIT, SECONDS_PER_MINUTE)

    with pytest.raises(RateLimitExceeded) as caught:
        check_rate("score_updates", "ana", LIMIT, SECONDS_PER_MINUTE)

    assert caught.value.headers["Retry-After"] == "60"
    assert caught.value.details["limit"] == 100


def test_the_window_slides() -> None:
    for _ in range(3):
        assert wait_of("slide", limit=3, window_seconds=60) == 0
        shift("slide", 10 * SECOND)

    # Used 30, 20 and 10 seconds ago.
    assert wait_of("slide", limit=3, window_seconds=60) == 30
    shift("slide", 29 * SECOND)
    assert wait_of("slide", limit=3, window_seconds=60) == 1
    shift("slide", SECOND)
    assert wait_of("slide", limit=3, window_seconds=60) == 0
    assert 9 <= wait_of("slide", limit=3, window_seconds=60) <= 10


def test_refusals_are_not_counted() -> None:
    assert wait_of("refusals", limit=1, window_seconds=60) == 0
    shift("refusals", 30 * SECOND)

    for _ in range(20):
        assert wait_of("refusals", limit=1, window_seconds=60) == 30
    assert redis.execute("LLEN", rate_key("refusals", "key")) == 1


def test_an_attempt_may_cost_more_than_one() -> None:
    assert wait_of("costs", limit=10, window_seconds=60, cost=4) == 0
    shift("costs", 20 * SECOND)
    assert wait_of("costs", limit=10, window_seconds=60, cost=4) == 0

    assert wait_of("costs", limit=10, window_seconds=60, cost=4) == 40
    assert wait_of("costs", limit=10, window_seconds=60, cost=2) == 0
    assert wait_of("costs", limit=10, window_seconds=60, cost=1) == 40
    assert wait_of("costs", limit=10, window_seconds=60, cost=7) == 60


def test_a_cost_above_the_limit_is_never_allowed() -> None:
    assert wait_of("above", limit=10, window_seconds=60, cost=11) == 60
    assert wait_of("above", limit=10, window_seconds=60, cost=10) == 0


def test_the_key_is_bounded_and_ends_by_itself() -> None:
    for _ in range(120):
        is_allowed("ana")

    key = rate_key("score_updates", "ana")
    assert redis.execute("LLEN", key) == 100
    assert 0 < redis.execute("PTTL", key) <= 60_000


def test_a_user_who_never_stops_does_not_fill_the_memory() -> None:
    for _ in range(10):
        assert wait_of("long", limit=3, window_seconds=60) == 0
        shift("long", 20 * SECOND)

    assert redis.execute("LLEN", rate_key("long", "key")) == 3


def test_a_clock_set_back_locks_no_one_out() -> None:
    assert wait_of("clock", limit=1, window_seconds=60) == 0

    shift("clock", -3600 * SECOND)

    assert wait_of("clock", limit=1, window_seconds=60) == 0


def test_a_script_that_redis_forgot_is_sent_again() -> None:
    assert is_allowed("ana")
    redis.execute("SCRIPT FLUSH")

    assert is_allowed("ana")


def test_the_key_tells_no_user_id() -> None:
    key = rate_key("score_updates", "an{a}\n")

    assert "an" not in key.rpartition(":")[2]
    assert key.isprintable()


def test_without_redis_each_process_allows_as_much(valkey: Any) -> None:
    valkey.stop()
    try:
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(is_allowed, ["ana"] * 150)) == 100
    finally:
        valkey.start()
