"""The Redis client returns the declared types, writes atomically, and waits only once when the server hangs."""

import threading
import time
from typing import Any

import pytest

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import RedisUnavailable, RedisWrites, redis
from scoreboard_project.testing.waiting import redis_answers, wait_for


@pytest.fixture(autouse=True)
def empty(valkey: Valkey, settings: Any) -> None:
    """Start with an empty Redis, and notice soon when it is available again."""
    settings.REDIS_BREAKER_SECONDS = 0.05
    valkey.flush()
    wait_for(redis_answers)


def test_a_value_is_set_once_and_read() -> None:
    assert redis.set("key", "value", nx=True, ex=60) is True
    assert redis.set("key", "other", nx=True, px=60_000) is False
    assert redis.get("key") == b"value"
    assert 0 < redis.execute("TTL", "key") <= 60
    assert redis.exists("key") is True


def test_a_hash_is_read_by_field_and_as_a_whole() -> None:
    assert redis.hset("hash", {"a": 1, "b": "two"}) == 2
    assert redis.hmget("hash", ["b", "c"]) == [b"two", None]
    assert redis.hgetall("hash") == {b"a": b"1", b"b": b"two"}
    assert redis.hscan("hash", 0, 100) == (0, {b"a": b"1", b"b": b"two"})
    assert redis.hdel("hash", "a", "c") == 1
    assert redis.hgetall("hash") == {b"b": b"two"}


def test_keys_are_deleted_and_expire() -> None:
    redis.set("a", 1)
    redis.set("b", 2)
    assert redis.expire("a", 60) is True
    assert redis.expire("c", 60) is False
    assert redis.delete("a", "c") == 1
    assert redis.unlink("b") == 1


def writes_of(member: str) -> RedisWrites:
    writes = RedisWrites()
    writes.zadd("sorted", {member: -(2**53)})
    writes.hset("hash", {member: "1"})
    writes.expire("hash", 60)
    return writes


def test_writes_are_made_only_while_the_key_holds_the_value() -> None:
    redis.set("marker", "mine")
    assert redis.write_while("marker", "mine", writes_of("a")) is True
    assert redis.write_while("marker", "theirs", writes_of("b")) is False
    assert redis.write_while("missing", "mine", writes_of("b")) is False
    assert redis.zmscore("sorted", ["a", "b"]) == [-(2**53), None]
    assert redis.hgetall("hash") == {b"a": b"1"}


def test_writes_are_made_though_the_key_is_touched_meanwhile() -> None:
    redis.set("marker", "mine")
    done = threading.Event()

    def touch() -> None:
        while not done.is_set():
            redis.expire("marker", 60)

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        assert all(redis.write_while("marker", "mine", writes_of(str(number))) for number in range(200))
    finally:
        done.set()
        toucher.join()
    assert len(redis.hgetall("hash")) == 200


def test_a_command_that_redis_refuses_leaves_the_breaker_closed() -> None:
    redis.set("key", "text")
    with pytest.raises(RedisUnavailable, match="WRONGTYPE"):
        redis.hgetall("key")
    assert not redis.breaker.is_open


def test_a_hanging_redis_makes_only_one_call_wait(valkey: Valkey, settings: Any) -> None:
    settings.REDIS_BREAKER_SECONDS = 60
    valkey.pause()
    with pytest.raises(RedisUnavailable):
        redis.ping()
    assert redis.breaker.is_open
    started = time.perf_counter()
    for _ in range(1000):
        with pytest.raises(RedisUnavailable):
            redis.ping()
    assert time.perf_counter() - started < settings.REDIS_TIMEOUT_SECONDS


def test_after_a_pause_one_call_finds_out_that_it_is_back(valkey: Valkey) -> None:
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        redis.ping()
    valkey.restore()
    wait_for(redis_answers)
    assert not redis.breaker.is_open
