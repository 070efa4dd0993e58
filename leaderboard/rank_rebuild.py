"""Builds a rank index beside the live one while traffic runs, then puts it in its place in one step.

While a rebuild is marked, `record` and `forget` also note their changes, which are taken in when every user is loaded;
a newer version wins over an older one. The marker expires, so that a killed rebuild leaves nothing behind for long.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.conf import settings

from leaderboard.board_keys import DEFAULT_BOARD, BoardKeys
from leaderboard.rank_index import member_of, value_of
from leaderboard.types import Standing
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable, RedisWrites, redis

REBUILD_EXPIRES_SECONDS = 60
# One that hangs before its first user is given up then: changes are kept for it meanwhile.
LONGEST_WAIT_SECONDS = 1800
# Redis does nothing else meanwhile: about ten milliseconds.
USERS_A_CALL = 1000
TRIES = 5

FINISH_REBUILD = LuaScript[int](__file__, "finish_rebuild")

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def _patiently(ask: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Ask again when Redis was too busy to answer in time: what a rebuild does may be repeated."""

    @wraps(ask)
    def asked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        for _ in range(TRIES - 1):
            try:
                return ask(*args, **kwargs)
            except RedisUnavailable:
                time.sleep(settings.REDIS_BREAKER_SECONDS)
        return ask(*args, **kwargs)

    return asked


class RebuildBusy(Exception):
    """Another rebuild of this board is under way."""


class RebuildLost(Exception):
    """Redis was flushed, or this rebuild was too slow and another one took its place."""


class RankRebuild:
    """A context: mark, `add` every user, `finish`. Left without `finish`, nothing has changed."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)
        self.token = uuid.uuid4().hex
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        if not redis.set(self.keys.rebuild, self.token, nx=True, ex=REBUILD_EXPIRES_SECONDS):
            raise RebuildBusy("A rebuild of this board is under way")
        redis.unlink(*self._next)
        # PostgreSQL may sort for minutes before the first user comes.
        threading.Thread(target=self._keep, name="rank-rebuild", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._is_ours():
            redis.unlink(self.keys.rebuild, *self._next)

    def _keep(self) -> None:
        given_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
        while not self._ended.wait(REBUILD_EXPIRES_SECONDS / 4) and time.monotonic() < given_up_at:
            with suppress(RedisUnavailable):
                self._renew()

    def _renew(self) -> None:
        if self._is_ours():
            # The marker last: it may never outlive what was loaded.
            for key in (*self._next, self.keys.rebuild):
                redis.expire(key, REBUILD_EXPIRES_SECONDS)

    def _is_ours(self) -> bool:
        return redis.get(self.keys.rebuild) == self.token.encode()

    @property
    def _next(self) -> list[str]:
        return [self.keys.next_ranks, self.keys.next_members, self.keys.next_changes]

    def add(self, standings: Sequence[Standing]) -> None:
        """Add users as read after the rebuild began; none twice. Fastest in the board's order. Raises RebuildLost."""
        for first in range(0, len(standings), USERS_A_CALL):
            self._add(standings[first : first + USERS_A_CALL])

    @_patiently
    def _add(self, standings: Sequence[Standing]) -> None:
        # Plain commands: a script would take three times as long over the same users.
        writes = RedisWrites()
        writes.zadd(self.keys.next_ranks, {member_of(standing): -standing.score for standing in standings})
        writes.hset(self.keys.next_members, {standing.user_id: value_of(standing) for standing in standings})
        for key in (self.keys.rebuild, *self._next):
            writes.expire(key, REBUILD_EXPIRES_SECONDS)
        if not redis.write_while(self.keys.rebuild, self.token, writes):
            raise RebuildLost("Redis was flushed, or another rebuild began")

    def finish(self) -> None:
        """Take in what changed meanwhile, put the new index in the old one's place and drop the cached boards.

        Raises RebuildLost.
        """
        generation = time.time_ns() // 1000
        while left := self._take_in_changes(generation):
            if left < 0:
                raise RebuildLost("Redis was flushed, or another rebuild began")

    @_patiently
    def _take_in_changes(self, generation: int) -> int:
        """How many are left; 0: the index is in place; -1: the rebuild is lost."""
        keys = self.keys
        names = [
            keys.rebuild,
            *self._next,
            keys.ranks,
            keys.members,
            keys.ready,
            keys.generation,
            keys.trash,
            *keys.leaderboards,
        ]
        return redis.run_script(FINISH_REBUILD, names, [self.token, REBUILD_EXPIRES_SECONDS, USERS_A_CALL, generation])
