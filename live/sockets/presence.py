"""The specification's websocket sessions in Redis: each process writes its counts, anyone adds them up.

A process that died is left out after PRESENCE_EXPIRES_SECONDS; a flushed Redis is filled again by the next heartbeat.
"""

import asyncio
import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings

from scoreboard_project.runtime.redis_guard import RedisUnavailable, guard

if TYPE_CHECKING:
    # At run time this module is loaded before the models that the registry needs.
    from live.sockets.registry import LiveProcess

HEARTBEAT_SECONDS = 5.0
PRESENCE_EXPIRES_SECONDS = 15.0

log = logging.getLogger("scoreboard.live")


@dataclass(frozen=True)
class ProcessPresence:
    """What one live process last said of itself. `subscriptions`: how many by limit; `heard`: unix seconds."""

    name: str
    sockets: int
    users: int
    subscriptions: Counter[int]
    heard: float


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}:live:presence"


def process_name() -> str:
    """`host:pid`, unique among the processes of one Redis."""
    return f"{socket.gethostname()}:{os.getpid()}"


def counts_of(process: "LiveProcess") -> dict[str, Any]:
    """What one process reports. A user on two processes counts on both."""
    return {
        "sockets": len(process.sockets),
        "users": len(process.limits.by_user),
        "subscriptions": {str(limit): count for limit, count in process.hub.subscriptions.counts().items()},
        "at": time.time(),
    }


async def report_forever(process: "LiveProcess") -> None:
    """The heartbeat of this process; takes its entry back when it is cancelled."""
    name = process_name()
    try:
        while True:
            await asyncio.to_thread(_write, name, orjson.dumps(counts_of(process)).decode())
            await asyncio.sleep(HEARTBEAT_SECONDS)
    finally:
        _remove(name)


def _write(name: str, counts: str) -> None:
    try:
        guard.call(lambda client: client.hset(_key(), name, counts))
    except RedisUnavailable as error:
        log.debug("presence not reported", extra={"reason": str(error)})


def _remove(name: str) -> None:
    try:
        guard.call(lambda client: client.hdel(_key(), name))
    except RedisUnavailable as error:
        log.debug("presence not taken back", extra={"reason": str(error)})


def read_presence() -> list[ProcessPresence]:
    """The processes that live, by name. Raises RedisUnavailable."""
    found = guard.call(lambda client: client.hgetall(_key()))
    assert isinstance(found, dict)  # noqa: S101 - narrows redis-py's untyped answer
    read = {name.decode(): _fresh(name.decode(), kept) for name, kept in found.items()}
    for name in (name for name, process in read.items() if process is None):
        _remove(name)
    return sorted((process for process in read.values() if process), key=lambda process: process.name)


def _fresh(name: str, kept: bytes) -> ProcessPresence | None:
    try:
        counts = orjson.loads(kept)
        if time.time() - counts["at"] >= PRESENCE_EXPIRES_SECONDS:
            return None
        subscriptions = Counter({int(limit): count for limit, count in counts["subscriptions"].items()})
        return ProcessPresence(name, counts["sockets"], counts["users"], subscriptions, counts["at"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def total_subscriptions(processes: Iterable[ProcessPresence]) -> Counter[int]:
    """How many sockets watch each size, over all processes."""
    return sum((process.subscriptions for process in processes), Counter())
