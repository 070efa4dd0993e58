"""The specification's websocket sessions, in Redis: who is connected, since when, and what they watch.

Each process has a hash of its own sockets, and writes what changed since its last heartbeat. The hash of a process that
died expires. If Redis lost a part of it, the next heartbeat writes all of it again.
"""

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from django.conf import settings

from leaderboard.board_keys import DEFAULT_BOARD
from scoreboard_project.runtime.redis import RedisUnavailable, redis

SESSIONS_EXPIRE_SECONDS = 15
MOST_FOUND = 200

log = logging.getLogger("scoreboard.live")


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """A socket. `since`: unix seconds. `limit`: it watches so many rows of `board`; None: it watches nothing."""

    user_id: str
    since: float
    limit: int | None = None
    board: str = DEFAULT_BOARD

    @property
    def opened(self) -> datetime:
        return datetime.fromtimestamp(self.since, UTC)


@dataclass(frozen=True)
class Changes:
    """What a heartbeat writes, by the socket's number, and how many sessions there are then."""

    new: dict[str, bytes]
    gone: list[str]
    total: int


class OwnSessions:
    """The sessions of this process. `look` finds all of them, by number."""

    def __init__(self, look: Callable[[], Mapping[int, Session]]) -> None:
        self._look = look
        self._numbers = itertools.count(1)
        self._changed: set[int] = set()
        self._is_all_new = False

    def number(self) -> int:
        """For a new socket."""
        return next(self._numbers)

    def note_change(self, number: int) -> None:
        """The next heartbeat writes or removes this one."""
        self._changed.add(number)

    def note_loss(self) -> None:
        """The next heartbeat writes all."""
        self._is_all_new = True

    def take_changes(self) -> Changes:
        sessions = self._look()
        changed, self._changed = self._changed, set()
        written = sessions.keys() if self._is_all_new else changed & sessions.keys()
        self._is_all_new = False
        new = {str(number): msgspec.json.encode(sessions[number]) for number in written}
        return Changes(new, [str(number) for number in changed - sessions.keys()], len(sessions))


def write_sessions(process: str, changes: Changes) -> bool:
    """Whether Redis now has all sessions of the process."""
    key = _key(process)
    try:
        if changes.gone:
            redis.hdel(key, *changes.gone)
        if changes.new:
            redis.hset(key, changes.new)
        redis.expire(key, SESSIONS_EXPIRE_SECONDS)
        return int(redis.execute("HLEN", key)) == changes.total
    except RedisUnavailable as error:
        log.debug("sessions not written", extra={"reason": str(error)})
        return False


def remove_sessions(process: str) -> None:
    try:
        redis.unlink(_key(process))
    except RedisUnavailable as error:
        log.debug("sessions not removed", extra={"reason": str(error)})


def find_sessions(processes: Iterable[str], user_id: str = "") -> list[tuple[str, Session]]:
    """Up to MOST_FOUND sessions of these processes, the oldest first, each with its process; of one user if asked.

    Unreadable entries are ignored. Raises RedisUnavailable.
    """
    found = [(process, session) for process in processes for session in _read(process)]
    chosen = [each for each in found if not user_id or each[1].user_id == user_id]
    return sorted(chosen, key=lambda each: each[1].since)[:MOST_FOUND]


def _read(process: str) -> Iterator[Session]:
    for entry in redis.hgetall(_key(process)).values():
        try:
            yield msgspec.json.decode(entry, type=Session)
        except msgspec.DecodeError:
            continue


def _key(process: str) -> str:
    return f"{settings.REDIS_KEY_PREFIX}:live:sessions:{process}"
