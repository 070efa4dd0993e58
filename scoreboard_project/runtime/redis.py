"""Our client for Redis: short timeouts, a circuit breaker, and the types that redis-py does not declare."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

from django_redis import get_redis_connection
from redis.exceptions import NoScriptError, ResponseError, WatchError

from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis_breaker import (
    LOST_CONNECTION,
    RedisBreaker,
    RedisRefused,
    RedisUnavailable,
    error_code,
)
from scoreboard_project.runtime.redis_writes import RedisWrites, Word

__all__ = ["LOST_CONNECTION", "RedisRefused", "RedisUnavailable", "RedisWrites", "Word", "redis"]

Answer = TypeVar("Answer")


class RedisClient:
    """Methods have the names of the commands they send.

    Each raises RedisUnavailable if Redis does not answer, and at once after a failure; RedisRefused, which is one, if
    Redis answers with an error.
    """

    def __init__(self) -> None:
        self.breaker = RedisBreaker()

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - redis-py's own types say too little
        return get_redis_connection("default")

    def execute(self, *words: Word) -> Any:  # noqa: ANN401 - the type depends on the command
        """Run any command, for those that have no method here. The answer is as redis-py decodes it."""
        return self._ask(self._client.execute_command, *words)

    def _ask(self, command: Callable[..., Any], *words: object) -> Any:  # noqa: ANN401
        with self.breaker.guard():
            return command(*words)

    def ping(self) -> bool:
        return bool(self.execute("PING"))

    def exists(self, key: str) -> bool:
        return bool(self.execute("EXISTS", key))

    def delete(self, *keys: str) -> int:
        """The number of keys that existed."""
        return int(self.execute("DEL", *keys))

    def unlink(self, *keys: str) -> int:
        """Like `delete`, but Redis frees large values in the background."""
        return int(self.execute("UNLINK", *keys))

    def expire(self, key: str, seconds: int) -> bool:
        """Whether the key exists."""
        return bool(self.execute("EXPIRE", key, seconds))

    def get(self, key: str) -> bytes | None:
        kept: bytes | None = self.execute("GET", key)
        return kept

    def set(self, key: str, value: Word, *, ex: int | None = None, px: int | None = None, nx: bool = False) -> bool:
        """Whether it was set. `ex`, `px`: time to live in seconds or milliseconds; `nx`: set only a new key."""
        words: list[Word] = ["SET", key, value]
        if ex is not None:
            words += ("EX", ex)
        if px is not None:
            words += ("PX", px)
        if nx:
            words.append("NX")
        return bool(self.execute(*words))

    def hmget(self, key: str, fields: Iterable[str]) -> list[bytes | None]:
        kept: list[bytes | None] = self.execute("HMGET", key, *fields)
        return kept

    def hgetall(self, key: str) -> dict[bytes, bytes]:
        kept: dict[bytes, bytes] = self.execute("HGETALL", key)
        return kept

    def hscan(self, key: str, cursor: int, count: int) -> tuple[int, dict[bytes, bytes]]:
        """The next cursor (0 at the end) and some of the fields."""
        following, found = self.execute("HSCAN", key, cursor, "COUNT", count)
        return int(following), found

    def hset(self, key: str, values: Mapping[str, Word]) -> int:
        """The number of new fields."""
        return int(self.execute("HSET", key, *chain.from_iterable(values.items())))

    def hdel(self, key: str, *fields: str) -> int:
        """The number of fields that existed."""
        return int(self.execute("HDEL", key, *fields))

    def zmscore(self, key: str, members: Iterable[str]) -> list[float | None]:
        scores: list[float | None] = self.execute("ZMSCORE", key, *members)
        return scores

    def run_script(self, script: LuaScript[Answer], keys: Sequence[str], arguments: Iterable[Word] = ()) -> Answer:
        """What the script returns. It is called by its digest; the text is sent only if Redis does not know it."""
        answer: Answer = self._ask(self._evaluate, script, len(keys), *keys, *arguments)
        return answer

    def _evaluate(self, script: LuaScript[Any], *words: Word) -> Any:  # noqa: ANN401
        try:
            answer = self._client.execute_command("EVALSHA", script.digest, *words)
        except NoScriptError:
            answer = self._client.execute_command("EVAL", script.text, *words)
        return tuple(answer) if type(answer) is list else answer

    def try_all(self, commands: Iterable[Sequence[Word]]) -> list[str]:
        """Send the commands together. Returns the code of the error for each; empty if it was accepted."""
        return [error_code(answer) if isinstance(answer, ResponseError) else "" for answer in self._ask_all(commands)]

    def _ask_all(self, commands: Iterable[Sequence[Word]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for words in commands:
            pipeline.execute_command(*words)
        answers: list[Any] = self._ask(pipeline.execute, False)
        return answers

    def write_while(self, key: str, value: str, writes: RedisWrites) -> bool:
        """Make the writes only if `key` holds `value`; check and writes are atomic. Whether they were made."""
        return bool(self._ask(self._write_while, key, value.encode(), writes.commands))

    def _write_while(self, key: str, value: bytes, commands: Iterable[Sequence[Word]]) -> bool:
        with self._client.pipeline() as pipeline:
            while True:
                pipeline.watch(key)
                if pipeline.get(key) != value:
                    return False
                pipeline.multi()
                for words in commands:
                    pipeline.execute_command(*words)
                with suppress(WatchError):
                    pipeline.execute()
                    return True


redis = RedisClient()
