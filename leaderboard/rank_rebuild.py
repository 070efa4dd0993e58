"""Builds a rank index beside the live one without stopping traffic, then replaces the live one in one step.

While the marker of a rebuild exists, `record` and `forget` also queue their changes. The rebuild applies them after it
has loaded every user; a newer version wins over an older one. The marker expires, so that a killed rebuild leaves
nothing behind for long.
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
from leaderboard.rank_belief import rank_belief
from leaderboard.rank_index import member_of, value_of
from leaderboard.rank_state import RankState
from leaderboard.types import Standing
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisRefused, RedisUnavailable, RedisWrites, Word, redis

REBUILD_EXPIRES_SECONDS = 60
# A rebuild without its first user is given up after this time, because changes are queued for it meanwhile.
LONGEST_WAIT_SECONDS = 1800
# One call blocks Redis for about ten milliseconds.
USERS_A_CALL = 1000
TRIES = 5

BEGIN_REBUILD = LuaScript[bytes | None](__file__, "begin_rebuild")
FINISH_REBUILD = LuaScript[int](__file__, "finish_rebuild")

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def _retried(ask: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Repeat a call if Redis was too busy to answer in time. Every step of a rebuild can be repeated."""

    @wraps(ask)
    def asked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        for _ in range(TRIES - 1):
            try:
                return ask(*args, **kwargs)
            except RedisRefused:
                raise  # it would refuse again, and a script may have done part of its work
            except RedisUnavailable:
                time.sleep(settings.REDIS_BREAKER_SECONDS)
        return ask(*args, **kwargs)

    return asked


class RebuildBusy(Exception):
    """Another rebuild of this board is under way."""


class RebuildLost(Exception):
    """Redis was flushed, or this rebuild was too slow and another one took its place."""


class RankRebuild:
    """A context manager: enter it, `add` every user, then `finish`. Without `finish`, nothing changes."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)
        self.state = RankState(board)
        self.token = f"{rank_belief.identity}:{uuid.uuid4().hex}"
        self._doubts = b""
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        # The rebuild reads from PostgreSQL what the index has missed so far.
        self.state.share_doubt()
        names = [self.keys.rebuild, self.keys.doubts, *self._next]
        doubts = redis.run_script(BEGIN_REBUILD, names, [self.token, REBUILD_EXPIRES_SECONDS])
        if doubts is None:
            raise RebuildBusy("Another rebuild of this board is under way")
        self._doubts = doubts
        # PostgreSQL may sort for minutes before it returns the first user.
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
            # The marker comes last: if a call fails, the marker must not outlive the loaded data.
            for key in (*self._next, self.keys.rebuild):
                redis.expire(key, REBUILD_EXPIRES_SECONDS)

    def _is_ours(self) -> bool:
        return redis.get(self.keys.rebuild) == self.token.encode()

    @property
    def _next(self) -> list[str]:
        return [self.keys.next_ranks, self.keys.next_members, self.keys.next_changes]

    def add(self, standings: Sequence[Standing]) -> None:
        """Add users read after the rebuild began, each once. Fastest in the board's order. Raises RebuildLost."""
        for first in range(0, len(standings), USERS_A_CALL):
            self._add(standings[first : first + USERS_A_CALL])

    @_retried
    def _add(self, standings: Sequence[Standing]) -> None:
        # Plain commands, because a script takes three times as long.
        writes = RedisWrites()
        writes.zadd(self.keys.next_ranks, {member_of(standing): -standing.score for standing in standings})
        writes.hset(self.keys.next_members, {standing.user_id: value_of(standing) for standing in standings})
        for key in (self.keys.rebuild, *self._next):
            writes.expire(key, REBUILD_EXPIRES_SECONDS)
        if not redis.write_while(self.keys.rebuild, self.token, writes):
            raise RebuildLost("Redis was flushed, or another rebuild began")

    def finish(self) -> None:
        """Apply the queued changes, replace the live index with the new one, and drop the cached boards.

        Raises RebuildLost.
        """
        generation = time.time_ns() // 1000
        while left := self._apply_changes(generation):
            if left < 0:
                raise RebuildLost("Redis was flushed, or another rebuild began")
        rank_belief.note_checked()
        if self.state.look().ready == self.token:
            rank_belief.note_ready()

    @_retried
    def _apply_changes(self, generation: int) -> int:
        """How many changes are left; 0: the new index is live; -1: this rebuild was lost."""
        keys = self.keys
        names = [
            keys.rebuild,
            *self._next,
            keys.ranks,
            keys.members,
            keys.built,
            keys.ready,
            keys.doubts,
            keys.generation,
            keys.trash,
            *keys.leaderboards,
        ]
        words: list[Word] = [self.token, REBUILD_EXPIRES_SECONDS, USERS_A_CALL, generation, self._doubts]
        return redis.run_script(FINISH_REBUILD, names, words)
