"""Ranks at any size in microseconds: a sorted set whose ascending order is exactly the board's.

Score `-current_score`, member `<last_updated in microseconds, 16 digits>:<user_id>`: equal scores sort bytewise by
time, then id, as BOARD_ORDER does in SQL. A hash keeps each user's time and version (`total_actions`), so that a late,
older write is ignored. Lost or flushed, it is not ready, says so, and is rebuilt from PostgreSQL.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from redis import Redis

from leaderboard.board_keys import BOARD_LIMITS, DEFAULT_BOARD, BoardKeys
from leaderboard.scripts import script
from leaderboard.types import Neighbourhood, RankChange, RankedUser, Standing, from_microseconds
from scoreboard_project.runtime.redis import RedisUnavailable, guard

FIRST_SORTABLE_SCORE_DIGITS = 16


class RankIndexNotReady(RedisUnavailable):
    """Redis answers, but the index was lost and is not rebuilt yet. PostgreSQL must answer."""


def encode_standings(standings: Iterable[Standing]) -> Iterator[str]:
    """Four script arguments a user: id, -score, sortable time, version."""
    for standing in standings:
        yield standing.user_id
        yield str(-standing.score)
        yield sortable_time(standing.moved_at)
        yield str(standing.total_actions)


def sortable_time(microseconds: int) -> str:
    """Sixteen digits, so that text order is time order."""
    return f"{microseconds:0{FIRST_SORTABLE_SCORE_DIGITS}d}"


def member_of(standing: Standing) -> str:
    """The standing's entry in the sorted set."""
    return f"{sortable_time(standing.moved_at)}:{standing.user_id}"


def value_of(standing: Standing) -> str:
    """What the hash keeps of the standing: enough to find its entry, and to tell an older write."""
    return f"{sortable_time(standing.moved_at)}:{standing.total_actions}"


def decode_member(rank: int, member: bytes, score: float) -> RankedUser:
    """A sorted-set entry as a row. `rank` counts from 1."""
    moment, _, user_id = member.decode().partition(":")
    return RankedUser(rank, user_id, -int(score), from_microseconds(int(moment)))


class RankIndex:
    """The rank index of one board. Every method raises RedisUnavailable when Redis is away."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)

    def record(self, standings: Sequence[Standing]) -> dict[str, RankChange]:
        """Record where users stand after a commit; at most one standing a user.

        Drops the cached boards that could show the change. Returns the rank changes by user id.
        Raises RankIndexNotReady when ranks are unknown (the standings still reach an index that is being rebuilt).
        """
        arguments: list[str | int] = [*BOARD_LIMITS, *encode_standings(standings)]
        found: list[int] = guard.call(lambda client: script(client, "record")(self._record_keys(), arguments))
        if not found and standings:
            raise RankIndexNotReady("The rank index is not built")
        pairs = zip(standings, found[::2], found[1::2], strict=True)
        return {
            standing.user_id: RankChange(previous + 1 if previous >= 0 else None, new + 1)
            for standing, previous, new in pairs
        }

    def forget(self, user_id: str) -> None:
        """Take a user off the board, out of an index that is being rebuilt too, and drop every cached board."""
        guard.call(lambda client: script(client, "forget")(self._record_keys(), [user_id]))

    def _record_keys(self) -> list[str]:
        keys = self.keys
        return [
            keys.ranks,
            keys.members,
            keys.next_changes,
            keys.rebuild,
            keys.ready,
            keys.generation,
            *keys.leaderboards,
        ]

    def ranks_of(self, user_ids: Sequence[str]) -> dict[str, int]:
        """Ranks from 1 by user id; users who are on no board are left out. Raises RankIndexNotReady."""
        if not user_ids:
            return {}
        keys = [self.keys.ranks, self.keys.members, self.keys.ready]
        found: list[int] = guard.call(lambda client: script(client, "ranks_of")(keys, list(user_ids)))
        if not found:
            raise RankIndexNotReady("The rank index is not built")
        return {user_id: rank + 1 for user_id, rank in zip(user_ids, found, strict=True) if rank >= 0}

    def page(self, *, offset: int, limit: int) -> tuple[list[RankedUser], int]:
        """`limit` rows from `offset` and the number of all, as of one moment. Raises RankIndexNotReady."""

        def read(client: Redis) -> list[object]:
            pipeline = client.pipeline(transaction=True)
            pipeline.exists(self.keys.ready)
            pipeline.zcard(self.keys.ranks)
            pipeline.zrange(self.keys.ranks, offset, offset + limit - 1, withscores=True)
            return list(pipeline.execute())

        ready, total, rows = self._typed(guard.call(read))
        if not ready:
            raise RankIndexNotReady("The rank index is not built")
        return [decode_member(offset + at + 1, member, score) for at, (member, score) in enumerate(rows)], total

    def around(self, user_id: str, radius: int) -> Neighbourhood | None:
        """The user's place and `radius` rows on each side, as of one moment; None for a user who is on no board.

        Raises RankIndexNotReady.
        """
        keys = [self.keys.ranks, self.keys.members, self.keys.ready]
        found = guard.call(lambda client: script(client, "around")(keys, [user_id, radius]))
        if not found:
            raise RankIndexNotReady("The rank index is not built")
        total, rank, first, *flat = found
        if rank < 0:
            return None
        pairs = zip(flat[::2], flat[1::2], strict=True)
        rows = [decode_member(first + at, member, float(score)) for at, (member, score) in enumerate(pairs, start=1)]
        return Neighbourhood(rank + 1, total, tuple(rows))

    @staticmethod
    def _typed(answer: Sequence[object]) -> tuple[bool, int, list[tuple[bytes, float]]]:
        ready, total, rows = answer
        assert isinstance(total, int)  # noqa: S101 - narrows redis-py's untyped answer
        assert isinstance(rows, list)  # noqa: S101
        return bool(ready), total, rows

    def is_ready(self) -> bool:
        """Whether the index holds every user."""
        return bool(guard.call(lambda client: client.exists(self.keys.ready)))

    def differing(self, standings: Sequence[Standing]) -> list[Standing]:
        """Those whose entry is missing, older or elsewhere than it should be."""
        if not standings:
            return []
        expected = list(standings)

        def read(client: Redis) -> list[object]:
            pipeline = client.pipeline(transaction=False)
            pipeline.hmget(self.keys.members, [standing.user_id for standing in expected])
            pipeline.zmscore(self.keys.ranks, [member_of(standing) for standing in expected])
            return list(pipeline.execute())

        kept, scores = guard.call(read)
        return [
            standing
            for standing, value, score in zip(expected, kept, scores, strict=True)  # type: ignore[call-overload]
            if value != value_of(standing).encode() or score != -standing.score
        ]

    def size(self) -> int:
        """How many users the index holds."""
        found = guard.call(lambda client: client.hlen(self.keys.members))
        assert isinstance(found, int)  # noqa: S101 - narrows redis-py's untyped answer
        return found

    def stray_members(self) -> int:
        """How many entries of the sorted set belong to no user of the hash (or the other way round, negative)."""

        def read(client: Redis) -> list[object]:
            pipeline = client.pipeline(transaction=True)
            pipeline.zcard(self.keys.ranks)
            pipeline.hlen(self.keys.members)
            return list(pipeline.execute())

        ranks, members = guard.call(read)
        assert isinstance(ranks, int)  # noqa: S101 - narrows redis-py's untyped answer
        assert isinstance(members, int)  # noqa: S101
        return ranks - members

    def iterate_user_ids(self, batch: int = 1000) -> Iterator[list[str]]:
        """Every user id of the index in batches, in no order; a user may come twice."""
        cursor, rows = _scan(guard.call, self.keys.members, 0, batch)
        yield [user_id.decode() for user_id in rows]
        while cursor:
            cursor, rows = _scan(guard.call, self.keys.members, cursor, batch)
            yield [user_id.decode() for user_id in rows]


def _scan(
    call: Callable[[Callable[[Redis], object]], object], key: str, cursor: int, batch: int
) -> tuple[int, dict[bytes, bytes]]:
    answer = call(lambda client: client.hscan(key, cursor, count=batch))
    assert isinstance(answer, tuple)  # noqa: S101 - narrows redis-py's untyped answer
    return int(answer[0]), answer[1]
