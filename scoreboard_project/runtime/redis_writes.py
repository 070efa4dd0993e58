"""Writes that Redis applies together."""

from collections.abc import Mapping, Sequence
from itertools import chain

Word = str | bytes | int | float


class RedisWrites:
    """Commands for `redis.write_while`, which runs all of them or none."""

    def __init__(self) -> None:
        self.commands: list[Sequence[Word]] = []

    def zadd(self, key: str, scores: Mapping[str, int]) -> None:
        words: list[Word] = ["ZADD", key]
        for member, score in scores.items():
            words += (score, member)
        self.commands.append(words)

    def hset(self, key: str, values: Mapping[str, str]) -> None:
        self.commands.append(("HSET", key, *chain.from_iterable(values.items())))

    def expire(self, key: str, seconds: int) -> None:
        self.commands.append(("EXPIRE", key, seconds))
