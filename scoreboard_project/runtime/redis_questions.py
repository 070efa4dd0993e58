"""Calls to Redis as questions of a flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scoreboard_project.runtime.flows.flow import Question
from scoreboard_project.runtime.loop_redis import loop_redis
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable, Word, redis

Answer = TypeVar("Answer")


class RedisCommand(Question[Any]):
    """Any command. The answer is as redis-py decodes it. Raises RedisUnavailable."""

    def __init__(self, *words: Word) -> None:
        self.words = words

    def ask(self) -> Any:  # noqa: ANN401 - the type depends on the command
        return redis.execute(*self.words)

    async def ask_in_loop(self) -> Any:  # noqa: ANN401
        return await loop_redis.of_running_loop().execute(*self.words)


@dataclass(frozen=True, slots=True)
class ScriptCall(Question[Answer], Generic[Answer]):
    """What the script returns. Raises RedisUnavailable."""

    script: LuaScript[Answer]
    keys: Sequence[str]
    words: Sequence[Word] = ()

    def ask(self) -> Answer:
        return redis.run_script(self.script, self.keys, self.words)

    async def ask_in_loop(self) -> Answer:
        answer: Answer = await loop_redis.of_running_loop().run_script(self.script, self.keys, self.words)
        return answer


@dataclass(frozen=True, slots=True)
class ScriptCalls(Question[list[Answer | RedisUnavailable]], Generic[Answer]):
    """The answers to several calls, in one round trip from an event loop. A failed call's answer is its error."""

    calls: Sequence[ScriptCall[Answer]]

    def ask(self) -> list[Answer | RedisUnavailable]:
        answers: list[Answer | RedisUnavailable] = []
        for call in self.calls:
            try:
                answers.append(call.ask())
            except RedisUnavailable as error:
                answers.append(error)
        return answers

    async def ask_in_loop(self) -> list[Answer | RedisUnavailable]:
        calls = [(call.script, call.keys, call.words) for call in self.calls]
        try:
            return await loop_redis.of_running_loop().run_scripts(calls)
        except RedisUnavailable as error:
            return [error] * len(calls)
