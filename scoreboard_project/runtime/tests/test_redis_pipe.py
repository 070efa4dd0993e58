"""An event loop's connection to Redis: answers in order, an error for its call only, and patience with a busy loop."""

import asyncio
import time
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.loop_redis import LoopRedis
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisRefused, RedisUnavailable, redis
from scoreboard_project.testing.waiting import redis_answers, wait_for


@pytest.fixture(autouse=True)
def empty(valkey: Valkey, settings: Any) -> None:
    """An empty Redis that is given up after 0.2 s and tried again soon."""
    settings.REDIS_BREAKER_SECONDS = 0.05
    valkey.flush()
    wait_for(redis_answers)


def script(text: str) -> LuaScript[Any]:
    found = LuaScript[Any].__new__(LuaScript)
    found.text, found.digest = text, "0" * 40
    return found


async def test_many_callers_share_it_and_each_gets_its_own_answer() -> None:
    client = LoopRedis()
    answers = await asyncio.gather(*(client.execute("ECHO", f"word {number}") for number in range(500)))
    assert answers == [f"word {number}".encode() for number in range(500)]
    await client.close()


async def test_a_script_that_redis_does_not_know_is_sent() -> None:
    client = LoopRedis()
    assert await client.run_script(script("return {KEYS[1], ARGV[1]}"), ["key"], [7]) == (b"key", b"7")
    calls = [(script("return ARGV[1]"), ["key"], [number]) for number in range(3)]
    assert await client.run_scripts(calls) == [b"0", b"1", b"2"]
    await client.close()


async def test_an_error_is_for_its_call_only() -> None:
    client = LoopRedis()
    good, bad = script("return 1"), script("return redis.call('NOPE')")
    first, second, third = await client.run_scripts([(good, [], []), (bad, [], []), (good, [], [])])
    assert (first, third) == (1, 1)
    assert isinstance(second, RedisRefused)
    with pytest.raises(RedisRefused):
        await client.execute("NOPE")
    assert await client.execute("PING") == b"PONG"
    await client.close()


async def test_an_answer_that_came_while_the_loop_was_busy_counts() -> None:
    client = LoopRedis()
    await client.execute("PING")
    answer = asyncio.ensure_future(client.execute("ECHO", "late"))
    await asyncio.sleep(0)
    time.sleep(0.5)
    assert await answer == b"late"
    await client.close()


async def test_a_redis_that_hangs_is_given_up_and_asked_again_when_it_is_back(valkey: Valkey) -> None:
    client = LoopRedis()
    await client.execute("PING")
    valkey.pause()
    started = time.monotonic()
    answers = await asyncio.gather(*(client.execute("PING") for _ in range(20)), return_exceptions=True)
    assert all(isinstance(answer, RedisUnavailable) for answer in answers)
    assert time.monotonic() - started < 2
    valkey.restore()
    redis.breaker.next_try_at = 0.0
    assert await client.execute("PING") == b"PONG"
    await client.close()


async def test_a_lost_connection_fails_the_waiting_and_the_next_opens_another() -> None:
    client = LoopRedis()
    waiting = asyncio.ensure_future(client.execute("BLPOP", "nothing", 5))
    await asyncio.sleep(0.05)
    redis.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    with pytest.raises(RedisUnavailable):
        await waiting
    redis.breaker.next_try_at = 0.0
    assert await client.execute("PING") == b"PONG"
    await client.close()


async def test_a_closed_one_says_so() -> None:
    client = LoopRedis()
    await client.execute("PING")
    pipe = client._pipe
    assert pipe
    await client.close()
    with pytest.raises(Exception, match="closed") as caught:
        await pipe.ask("PING")
    assert not isinstance(caught.value, ResponseError)


async def test_one_that_was_closed_a_moment_ago_is_replaced_before_its_end_is_reported() -> None:
    client = LoopRedis()
    await client.execute("PING")
    pipe = client._pipe
    assert pipe
    pipe._transport.abort()
    with pytest.raises(RedisConnectionError):
        await pipe.ask("PING")
    assert await client.execute("PING") == b"PONG"
    await client.close()
