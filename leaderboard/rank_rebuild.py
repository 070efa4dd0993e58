"""Builds a rank index beside the live one while traffic runs, then puts it in its place in one step.

`record` writes to both while a rebuild is marked, and a newer version always wins over an older one: it does not matter
whether a row or its change comes first. The marker expires, so that a killed rebuild leaves nothing behind for long.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from django.conf import settings
from redis import Redis

from leaderboard.keys import DEFAULT_BOARD, BoardKeys
from leaderboard.rank_index import member_of, value_of
from leaderboard.scripts import script
from leaderboard.types import Standing
from scoreboard_project.api.redis_guard import RedisUnavailable, guard

REBUILD_EXPIRES_SECONDS = 60
# Redis does nothing else meanwhile: about ten milliseconds.
USERS_A_CALL = 1000
TRIES = 5


def _patiently(command: Callable[[Redis], object]) -> object:
    """Ask again when Redis was too busy to answer in time: what a rebuild does may be repeated."""
    for _ in range(TRIES - 1):
        try:
            return guard.call(command)
        except RedisUnavailable:
            time.sleep(settings.REDIS_BREAKER_SECONDS)
    return guard.call(command)


class RebuildBusy(Exception):
    """Another rebuild of this board is under way."""


class RebuildLost(Exception):
    """Redis was flushed, or this rebuild was too slow and another one took its place."""


class RankRebuild:
    """A context: mark, `add` every user, `finish`. Left without `finish`, nothing has changed."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)
        self.token = uuid.uuid4().hex

    def __enter__(self) -> Self:
        def mark(client: Redis) -> bool:
            if not client.set(self.keys.rebuild, self.token, nx=True, ex=REBUILD_EXPIRES_SECONDS):
                return False
            client.unlink(self.keys.next_ranks, self.keys.next_members)
            return True

        if not guard.call(mark):
            raise RebuildBusy("A rebuild of this board is under way")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        guard.call(self._clear)

    def _clear(self, client: Redis) -> None:
        if client.get(self.keys.rebuild) == self.token.encode():
            client.unlink(self.keys.rebuild, self.keys.next_ranks, self.keys.next_members)

    def add(self, standings: Sequence[Standing]) -> None:
        """Add users as read after the rebuild began; none twice. Raises RebuildLost."""
        for first in range(0, len(standings), USERS_A_CALL):
            self._add(standings[first : first + USERS_A_CALL])

    def _add(self, standings: Sequence[Standing]) -> None:
        keys = [self.keys.rebuild, self.keys.next_ranks, self.keys.next_members]
        arguments: list[str | int] = [self.token, REBUILD_EXPIRES_SECONDS, len(standings)]
        for standing in standings:
            arguments += (-standing.score, member_of(standing))
        for standing in standings:
            arguments += (standing.user_id, value_of(standing))
        arguments += [standing.user_id for standing in standings]
        if not _patiently(lambda client: script(client, "load_ranks")(keys, arguments)):
            raise RebuildLost("Redis was flushed, or another rebuild began")

    def finish(self) -> None:
        """Put the new index in the old one's place and drop the cached boards. Raises RebuildLost."""
        keys = self.keys
        names = [
            keys.rebuild,
            keys.next_ranks,
            keys.next_members,
            keys.ranks,
            keys.members,
            keys.ready,
            keys.generation,
            keys.trash,
            *keys.leaderboards,
        ]
        moment = time.time_ns() // 1000
        if not guard.call(lambda client: script(client, "finish_rebuild")(names, [self.token, moment])):
            raise RebuildLost("Redis was flushed, or another rebuild began")
