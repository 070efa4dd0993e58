"""An event loop's connection to Redis over TLS (`rediss://`)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.loop_redis import LoopRedis
from scoreboard_project.runtime.redis import RedisUnavailable, redis
from scoreboard_project.runtime.redis_primary.place import read_place
from scoreboard_project.runtime.tests.tls_proxy import tls_proxy

WORDS = [f"word {number} {'x' * 5000}" for number in range(50)]


@pytest.fixture(autouse=True)
def patient(valkey: Valkey, settings: Any) -> None:
    """On a busy machine a handshake takes longer than the tests' short limit."""
    settings.REDIS_TIMEOUT_SECONDS = 10


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def make_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    made: Callable[[], asyncio.AbstractEventLoop] = request.param
    return made


def test_many_callers_of_an_event_loop_get_their_answers_over_tls(
    valkey: Valkey, settings: Any, tmp_path: Path, make_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def echo() -> list[Any]:
        async with tls_proxy(valkey.socket, tmp_path) as (port, certificate):
            settings.REDIS_PLACE = read_place(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}")
            client = LoopRedis()
            answers = await asyncio.gather(*(client.execute("ECHO", word) for word in WORDS))
            await client.close()
            return answers

    with asyncio.Runner(loop_factory=make_loop) as runner:
        assert runner.run(echo()) == [word.encode() for word in WORDS]


async def test_a_certificate_that_is_not_trusted_is_refused(valkey: Valkey, settings: Any, tmp_path: Path) -> None:
    async with tls_proxy(valkey.socket, tmp_path) as (port, _):
        settings.REDIS_PLACE = read_place(f"rediss://127.0.0.1:{port}/0")
        with pytest.raises(RedisUnavailable, match="certificate"):
            await LoopRedis().execute("PING")
    redis.breaker.close()
