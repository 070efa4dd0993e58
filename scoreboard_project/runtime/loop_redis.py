"""An event loop's own client for Redis. It shares the circuit breaker of the process."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreboard_project.runtime.flows.loops import PerLoop
from scoreboard_project.runtime.flows.patience import PatientTimeout
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import Word, redis

Call = tuple[LuaScript[Any], Sequence[str], Sequence[Word]]
Answer = TypeVar("Answer")


class LoopRedis:
    """One per event loop. Raises RedisUnavailable, as the client of threads does."""

    def __init__(self) -> None:
        # No timeouts and retries of redis-py's own: PatientTimeout and RedisBreaker do better.
        self._client: Any = Redis.from_url(settings.REDIS_URL, socket_timeout=None, retry=Retry(NoBackoff(), 0))

    async def execute(self, *words: Word) -> Any:  # noqa: ANN401 - the type depends on the command
        return await _in_time(self._client.execute_command, *words)

    async def run_script(self, script: LuaScript[Any], keys: Sequence[str], words: Iterable[Word]) -> Any:  # noqa: ANN401
        answer = await _in_time(self._evaluate, script, len(keys), *keys, *words)
        return tuple(answer) if type(answer) is list else answer

    async def _evaluate(self, script: LuaScript[Any], *words: Word) -> Any:  # noqa: ANN401
        try:
            return await self._client.execute_command("EVALSHA", script.digest, *words)
        except NoScriptError:
            return await self._client.execute_command("EVAL", script.text, *words)

    async def run_scripts(self, calls: Sequence[Call]) -> list[Any]:
        """The answers, in one round trip. An answer may be the error of its call."""
        answers = await _in_time(self._evaluate_all, calls)
        note = redis.breaker.note_failure
        return [note(answer) if isinstance(answer, ResponseError) else answer for answer in answers]

    async def _evaluate_all(self, calls: Sequence[Call]) -> list[Any]:
        answers = await self._pipeline(calls)
        unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            for text in {calls[at][0].text for at in unknown}:
                await self._client.script_load(text)
            again = await self._pipeline([calls[at] for at in unknown])
            for at, answer in zip(unknown, again, strict=True):
                answers[at] = answer
        return answers

    async def _pipeline(self, calls: Sequence[Call]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for script, keys, words in calls:
            pipeline.execute_command("EVALSHA", script.digest, len(keys), *keys, *words)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    async def close(self) -> None:
        await self._client.aclose()


async def _in_time(ask: Callable[..., Awaitable[Answer]], *words: object) -> Answer:
    """Raises RedisUnavailable if the answer does not come within REDIS_TIMEOUT_SECONDS."""
    with redis.breaker.guard():
        try:
            async with PatientTimeout(settings.REDIS_TIMEOUT_SECONDS):
                return await ask(*words)
        except TimeoutError:
            raise RedisTimeoutError("no answer in time") from None


loop_redis = PerLoop(LoopRedis)
