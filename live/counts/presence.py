"""Who is watching: each process writes its counts to Redis, and readers add them up.

A process that died is ignored after PRESENCE_EXPIRES_SECONDS. If Redis is flushed, the next heartbeat fills it again.
"""

import asyncio
import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
from django.conf import settings

from live.counts.sessions import OwnSessions, remove_sessions, write_sessions
from scoreboard_project.runtime.redis import RedisUnavailable, redis

HEARTBEAT_SECONDS = 5.0
PRESENCE_EXPIRES_SECONDS = 15.0

log = logging.getLogger("scoreboard.live")


@dataclass(frozen=True)
class PresenceCounts:
    """The counts of a live process. A user on two processes counts twice. `subscriptions`: sockets by limit."""

    sockets: int
    users: int
    subscriptions: Counter[int]


@dataclass(frozen=True)
class ProcessPresence(PresenceCounts):
    """The last report of a live process. `heard`: its time in unix seconds."""

    name: str
    heard: float


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}:live:presence"


def process_name() -> str:
    """`host:pid`, unique among the processes of one Redis."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def report_forever(count: Callable[[], PresenceCounts], sessions: OwnSessions) -> None:
    """The heartbeat of this process. It removes its entries when it is cancelled."""
    name = process_name()
    try:
        while True:
            await asyncio.to_thread(_write, name, _encode(count()))
            if not await asyncio.to_thread(write_sessions, name, sessions.take_changes()):
                sessions.note_loss()
            await asyncio.sleep(HEARTBEAT_SECONDS)
    finally:
        _remove(name)
        remove_sessions(name)


class _Kept(msgspec.Struct):
    """A process's entry in Redis. `at`: unix seconds."""

    sockets: int
    users: int
    subscriptions: dict[int, int]
    at: float


def _encode(counts: PresenceCounts) -> bytes:
    return msgspec.json.encode(_Kept(counts.sockets, counts.users, dict(counts.subscriptions), time.time()))


def _write(name: str, counts: bytes) -> None:
    try:
        redis.hset(_key(), {name: counts})
    except RedisUnavailable as error:
        log.debug("presence not reported", extra={"reason": str(error)})


def _remove(name: str) -> None:
    try:
        redis.hdel(_key(), name)
    except RedisUnavailable as error:
        log.debug("presence not removed", extra={"reason": str(error)})


def read_presence() -> list[ProcessPresence]:
    """The live processes by name. Removes expired and unreadable entries. Raises RedisUnavailable."""
    read = {name.decode(): _fresh(name.decode(), kept) for name, kept in redis.hgetall(_key()).items()}
    for name in (name for name, process in read.items() if process is None):
        _remove(name)
    return sorted((process for process in read.values() if process), key=lambda process: process.name)


def _fresh(name: str, entry: bytes) -> ProcessPresence | None:
    try:
        kept = msgspec.json.decode(entry, type=_Kept)
    except msgspec.DecodeError:
        return None
    if time.time() - kept.at >= PRESENCE_EXPIRES_SECONDS:
        return None
    return ProcessPresence(kept.sockets, kept.users, Counter(kept.subscriptions), name, kept.at)


def total_subscriptions(processes: Iterable[ProcessPresence]) -> Counter[int]:
    """The number of sockets that watch each size, over all processes."""
    return sum((process.subscriptions for process in processes), Counter())
