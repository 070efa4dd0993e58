"""An event loop's own client for Redis. It shares the circuit breaker of the process."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError

from scoreboard_project.runtime.flows.loops import PerLoop
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import Word, redis
from scoreboard_project.runtime.redis_pipe import RedisPipe
from scoreboard_project.runtime.redis_primary.connections import NO_LONGER_CODES, OF_LOOPS
from scoreboard_project.runtime.redis_primary.place import connection_options

Call = tuple[LuaScript[Any], Sequence[str], Sequence[Word]]


class LoopRedis:
    """One per event loop. Raises RedisUnavailable, as the client of threads does."""

    def __init__(self) -> None:
        timeout = settings.REDIS_TIMEOUT_SECONDS
        place = settings.REDIS_PLACE
        self._connections: Any = ConnectionPool.from_url(
            place.url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            **connection_options(place, OF_LOOPS),
        )
        self._ends_with = NO_LONGER_CODES if place.nodes else frozenset()
        self._pipe: RedisPipe | None = None
        self._opening = asyncio.Lock()

    async def execute(self, *words: Word) -> Any:  # noqa: ANN401 - the type depends on the command
        with redis.breaker.guard():
            return await (await self._open_pipe()).ask(*words)

    async def run_script(self, script: LuaScript[Any], keys: Sequence[str], words: Iterable[Word]) -> Any:  # noqa: ANN401
        with redis.breaker.guard():
            pipe = await self._open_pipe()
            arguments = (len(keys), *keys, *words)
            try:
                answer = await pipe.ask("EVALSHA", script.digest, *arguments)
            except NoScriptError:
                answer = await pipe.ask("EVAL", script.text, *arguments)
        return tuple(answer) if type(answer) is list else answer

    async def run_scripts(self, calls: Sequence[Call]) -> list[Any]:
        """The answers, in one round trip. An answer may be the error of its call."""
        with redis.breaker.guard():
            answers = await self._evaluate_all(calls)
        note = redis.breaker.note_failure
        return [note(answer) if isinstance(answer, ResponseError) else answer for answer in answers]

    async def _evaluate_all(self, calls: Sequence[Call]) -> list[Any]:
        answers = await self._ask_all([_words("EVALSHA", call[0].digest, call) for call in calls])
        unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        again = await self._ask_all([_words("EVAL", calls[at][0].text, calls[at]) for at in unknown])
        for at, answer in zip(unknown, again, strict=True):
            answers[at] = answer
        return answers

    async def _ask_all(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        pipe = await self._open_pipe()
        answers = await asyncio.gather(*pipe.ask_all(commands), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, RedisError) and not isinstance(answer, ResponseError):
                raise answer
        return answers

    async def _open_pipe(self) -> RedisPipe:
        if self._pipe is None or self._pipe.is_closed:
            async with self._opening:
                if self._pipe is None or self._pipe.is_closed:
                    self._pipe = await self._connect()
        return self._pipe

    async def _connect(self) -> RedisPipe:
        opened = self._connections.make_connection()
        try:
            await opened.connect()
        except RuntimeError as error:
            raise RedisConnectionError(str(error)) from error  # see LOST_CONNECTION
        # From here on the connection is the pipe's: redis-py must not close it.
        writer, opened._writer, opened._reader = opened._writer, None, None
        return RedisPipe(writer, longest_seconds=settings.REDIS_TIMEOUT_SECONDS, ends_with=self._ends_with)

    async def close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()


def _words(command: str, script: str, call: Call) -> list[Word]:
    _, keys, words = call
    return [command, script, len(keys), *keys, *words]


loop_redis = PerLoop(LoopRedis)
