"""The specification's websocket sessions in Redis: each process writes its counts, anyone adds them up.

A process that died is left out after PRESENCE_EXPIRES_SECONDS; a flushed Redis is filled again by the next heartbeat.
"""

import asyncio
import logging
import os
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings

from scoreboard_project.api.redis_guard import RedisUnavailable, guard

if TYPE_CHECKING:
    # At run time this module is loaded before the models that the registry needs.
    from live.registry import LiveProcess

HEARTBEAT_SECONDS = 5.0
PRESENCE_EXPIRES_SECONDS = 15.0

log = logging.getLogger("scoreboard.live")


@dataclass
class Presence:
    """Counts over all live processes."""

    processes: int = 0
    sockets: int = 0
    users: int = 0
    subscriptions: Counter[int] = field(default_factory=Counter)


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


def read_presence() -> Presence:
    """The totals. Raises RedisUnavailable."""
    found = guard.call(lambda client: client.hgetall(_key()))
    presence = Presence()
    assert isinstance(found, dict)  # noqa: S101 - narrows redis-py's untyped answer
    for name, kept in found.items():
        counts = _fresh(kept)
        if counts is None:
            _remove(name.decode())
            continue
        presence.processes += 1
        presence.sockets += counts["sockets"]
        presence.users += counts["users"]
        presence.subscriptions.update({int(limit): count for limit, count in counts["subscriptions"].items()})
    return presence


def _fresh(kept: bytes) -> dict[str, Any] | None:
    try:
        counts = orjson.loads(kept)
        return counts if time.time() - counts["at"] < PRESENCE_EXPIRES_SECONDS else None
    except (ValueError, KeyError, TypeError):
        return None
