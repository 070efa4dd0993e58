"""An event loop's own client for Redis. It shares the circuit breaker of the process."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError

from scoreboard_project.runtime.flows.loops import PerLoop
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import Word, redis

Call = tuple[LuaScript[Any], Sequence[str], Sequence[Word]]


class LoopRedis:
    """One per event loop. Raises RedisUnavailable, as the client of threads does."""

    def __init__(self) -> None:
        self._client: Any = Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=settings.REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=settings.REDIS_TIMEOUT_SECONDS,
            # RedisBreaker does better than to make the caller wait for retries.
            retry=Retry(NoBackoff(), 0),
        )

    async def execute(self, *words: Word) -> Any:  # noqa: ANN401 - the type depends on the command
        with redis.breaker.guard():
            return await self._client.execute_command(*words)

    async def run_script(self, script: LuaScript[Any], keys: Sequence[str], words: Iterable[Word]) -> Any:  # noqa: ANN401
        with redis.breaker.guard():
            try:
                answer = await self._client.execute_command("EVALSHA", script.digest, len(keys), *keys, *words)
            except NoScriptError:
                answer = await self._client.execute_command("EVAL", script.text, len(keys), *keys, *words)
        return tuple(answer) if type(answer) is list else answer

    async def run_scripts(self, calls: Sequence[Call]) -> list[Any]:
        """The answers, in one round trip. An answer may be the error of its call."""
        with redis.breaker.guard():
            answers = await self._pipeline(calls)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                for script in {call[0] for call in calls}:
                    await self._client.script_load(script.text)
                unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
                again = await self._pipeline([calls[at] for at in unknown])
                for at, answer in zip(unknown, again, strict=True):
                    answers[at] = answer
        return [
            redis.breaker.note_failure(answer) if isinstance(answer, ResponseError) else answer for answer in answers
        ]

    async def _pipeline(self, calls: Sequence[Call]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for script, keys, words in calls:
            pipeline.execute_command("EVALSHA", script.digest, len(keys), *keys, *words)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    async def close(self) -> None:
        await self._client.aclose()


loop_redis = PerLoop(LoopRedis)
