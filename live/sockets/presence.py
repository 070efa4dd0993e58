"""The specification's websocket sessions in Redis: each process writes its counts, anyone adds them up.

A process that died is left out after PRESENCE_EXPIRES_SECONDS; a flushed Redis is filled again by the next heartbeat.
"""

import asyncio
import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson
from django.conf import settings

from scoreboard_project.runtime.redis import RedisUnavailable, redis

HEARTBEAT_SECONDS = 5.0
PRESENCE_EXPIRES_SECONDS = 15.0

log = logging.getLogger("scoreboard.live")


@dataclass(frozen=True)
class PresenceCounts:
    """What a live process counts. A user on two processes counts on both. `subscriptions`: how many by limit."""

    sockets: int
    users: int
    subscriptions: Counter[int]


@dataclass(frozen=True)
class ProcessPresence(PresenceCounts):
    """What one live process last said of itself. `heard`: unix seconds."""

    name: str
    heard: float


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}:live:presence"


def process_name() -> str:
    """`host:pid`, unique among the processes of one Redis."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def report_forever(count: Callable[[], PresenceCounts]) -> None:
    """The heartbeat of this process; takes its entry back when it is cancelled."""
    name = process_name()
    try:
        while True:
            await asyncio.to_thread(_write, name, _encode(count()))
            await asyncio.sleep(HEARTBEAT_SECONDS)
    finally:
        _remove(name)


def _encode(counts: PresenceCounts) -> str:
    subscriptions = {str(limit): count for limit, count in counts.subscriptions.items()}
    kept = {"sockets": counts.sockets, "users": counts.users, "subscriptions": subscriptions, "at": time.time()}
    return orjson.dumps(kept).decode()


def _write(name: str, counts: str) -> None:
    try:
        redis.hset(_key(), {name: counts})
    except RedisUnavailable as error:
        log.debug("presence not reported", extra={"reason": str(error)})


def _remove(name: str) -> None:
    try:
        redis.hdel(_key(), name)
    except RedisUnavailable as error:
        log.debug("presence not taken back", extra={"reason": str(error)})


def read_presence() -> list[ProcessPresence]:
    """The processes that live, by name. Raises RedisUnavailable."""
    read = {name.decode(): _fresh(name.decode(), kept) for name, kept in redis.hgetall(_key()).items()}
    for name in (name for name, process in read.items() if process is None):
        _remove(name)
    return sorted((process for process in read.values() if process), key=lambda process: process.name)


def _fresh(name: str, kept: bytes) -> ProcessPresence | None:
    try:
        counts = orjson.loads(kept)
        if time.time() - counts["at"] >= PRESENCE_EXPIRES_SECONDS:
            return None
        subscriptions = Counter({int(limit): count for limit, count in counts["subscriptions"].items()})
        return ProcessPresence(counts["sockets"], counts["users"], subscriptions, name, counts["at"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def total_subscriptions(processes: Iterable[ProcessPresence]) -> Counter[int]:
    """How many sockets watch each size, over all processes."""
    return sum((process.subscriptions for process in processes), Counter())
