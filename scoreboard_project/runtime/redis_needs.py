"""Checks whether the Redis server does all that we need: its version, and each command, tried on keys of our own.

A server can answer `PING` and reads, and still refuse: because it lacks memory, replicas or disk space, because it is a
replica, because of an access list, as a cluster without slots, or because it is too old to know a command.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisRefused, RedisWrites, redis
from scoreboard_project.runtime.redis_breaker import code_of

OLDEST_REDIS = 7
OLDEST_VALKEY = 8
NAMED_COMMANDS = 4
KEEPS_ALL = "noeviction"
# Ranks and boards do not need these: tickets need the first, hints to the live processes the second.
NOT_FOR_RANKS = frozenset({"GETDEL", "PUBLISH"})

TRY_COMMANDS = LuaScript[tuple[bytes, ...]](__file__, "try_commands")


@dataclass(frozen=True, slots=True)
class RedisProblem:
    """Why Redis cannot be used. The reason names no host and no key, because /readyz shows it."""

    reason: str
    concerns_ranks: bool


def find_redis_problem() -> RedisProblem | None:
    """Raises RedisUnavailable if the server does not answer."""
    return _version_problem() or _refusal_problem()


def find_eviction() -> str:
    """What Redis throws away when its memory gets short, in words; empty if nothing. Raises RedisUnavailable."""
    policy = str(redis.execute("INFO", "memory").get("maxmemory_policy", KEEPS_ALL))
    if policy == KEEPS_ALL:
        return ""
    what = "rate limits and cached boards" if policy.startswith("volatile") else "ranks"
    return f"maxmemory-policy is {policy}: {what} go when memory gets short"


def _version_problem() -> RedisProblem | None:
    try:
        found = redis.execute("INFO", "server")
    except RedisRefused:
        return None  # an access list may forbid it; the commands are what counts
    product, version, oldest = _product(found)
    major, _, _ = version.partition(".")
    if not major.isdigit() or int(major) >= oldest:
        return None
    return RedisProblem(f"{product} {version} is too old: {oldest} is the oldest that works", concerns_ranks=True)


def _product(found: Mapping[str, Any]) -> tuple[str, str, int]:
    # Valkey also gives the version of Redis that it is compatible with.
    if "valkey_version" in found:
        return "Valkey", str(found["valkey_version"]), OLDEST_VALKEY
    return "Redis", str(found.get("redis_version", "")), OLDEST_REDIS


def _refusal_problem() -> RedisProblem | None:
    refused = _refused_commands()
    if not refused:
        return None
    names = ", ".join(list(refused)[:NAMED_COMMANDS]) + (", …" if len(refused) > NAMED_COMMANDS else "")
    codes = ", ".join(sorted(set(refused.values())))
    return RedisProblem(f"Redis refuses {names} ({codes})", concerns_ranks=not refused.keys() <= NOT_FOR_RANKS)


def _refused_commands() -> dict[str, str]:
    """The code of the error, by command."""
    keys = _own_keys()
    try:
        found = redis.run_script(TRY_COMMANDS, keys)
    except RedisRefused as error:
        return {"EVALSHA": error.code}
    words = [word.decode(errors="replace") for word in found]
    refused = {command: code_of(error) for command, error in zip(words[::2], words[1::2], strict=True)}
    return refused | _refused_outside_scripts(keys[0], keys[1])


def _refused_outside_scripts(text: str, missing: str) -> dict[str, str]:
    # Named as channels-redis names the channel of a group.
    channel = f"{settings.REDIS_KEY_PREFIX}__group__probe"
    tried: Iterable[tuple[str, ...]] = (
        ("GETDEL", missing),
        ("HMGET", missing, "a"),
        ("HGETALL", missing),
        ("HSCAN", missing, "0", "COUNT", "1"),
        ("ZMSCORE", missing, "a"),
        ("PUBLISH", channel, ""),
    )
    refused = {words[0]: code for words, code in zip(tried, redis.try_all(tried), strict=True) if code}
    writes = RedisWrites()
    writes.expire(text, 60)
    try:
        redis.write_while(text, "2", writes)
    except RedisRefused as error:
        refused["MULTI"] = error.code
    return refused


@cache
def _own_keys() -> list[str]:
    """Keys that only this process uses, all in one slot."""
    prefix = f"{settings.REDIS_KEY_PREFIX}:{{all}}:probe:{uuid.uuid4().hex}"
    return [f"{prefix}:{number}" for number in range(5)]
