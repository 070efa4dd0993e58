"""The rank index: a sorted set in Redis whose ascending order is exactly the board's order.

An entry has the score `-current_score` and the member `<last_updated in microseconds, 16 digits>:<user_id>`: equal
scores sort bytewise by time, then by id, like BOARD_ORDER in SQL. A hash keeps each user's time and version, so that
an older write that arrives late is ignored. After a flush the index is not ready, and calls raise RankIndexNotReady
until it is rebuilt from PostgreSQL.
"""

from collections.abc import Iterable, Iterator, Sequence

from leaderboard.board_keys import BOARD_LIMITS, DEFAULT_BOARD, BoardKeys
from leaderboard.types import Neighbourhood, RankChange, RankedUser, Standing, from_microseconds
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable, redis

TIME_DIGITS = 16

# Scripts that return an array return an empty one while the index is not ready.
RECORD = LuaScript[tuple[int, ...]](__file__, "record")
FORGET = LuaScript[None](__file__, "forget")
RANKS_OF = LuaScript[tuple[int, ...]](__file__, "ranks_of")
PAGE = LuaScript[tuple[()] | tuple[int, list[bytes]]](__file__, "page")
AROUND = LuaScript[tuple[()] | tuple[int, int, int, list[bytes]]](__file__, "around")
STRAY_MEMBERS = LuaScript[int](__file__, "stray_members")


class RankIndexNotReady(RedisUnavailable):
    """Redis answers, but the index was lost and is not rebuilt yet. Ask PostgreSQL instead."""


def encode_standings(standings: Iterable[Standing]) -> Iterator[str]:
    """Four script arguments per user: id, -score, sortable time, version."""
    for standing in standings:
        yield standing.user_id
        yield str(-standing.score)
        yield sortable_time(standing.moved_at)
        yield str(standing.version)


def sortable_time(microseconds: int) -> str:
    """A fixed number of digits, so that text order is time order."""
    return f"{microseconds:0{TIME_DIGITS}d}"


def member_of(standing: Standing) -> str:
    """The standing's member in the sorted set."""
    return f"{sortable_time(standing.moved_at)}:{standing.user_id}"


def value_of(standing: Standing) -> str:
    """The standing's value in the hash: enough to find its entry and to recognise an older write."""
    return f"{sortable_time(standing.moved_at)}:{standing.version}"


def decode_rows(first: int, flat: Sequence[bytes]) -> list[RankedUser]:
    """Rows of the sorted set, given as member, score, member, score, ...; `first` is the rank of the first, from 0."""
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return [_decode_row(rank, member, score) for rank, (member, score) in enumerate(pairs, start=first + 1)]


def _decode_row(rank: int, member: bytes, score: bytes) -> RankedUser:
    moment, _, user_id = member.decode().partition(":")
    return RankedUser(rank, user_id, -int(score), from_microseconds(int(moment)))


class RankIndex:
    """The rank index of one board. Every method raises RedisUnavailable if Redis does not answer."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)

    def record(self, standings: Sequence[Standing]) -> dict[str, RankChange]:
        """Record the users' standings after a commit, at most one per user.

        Drops the cached boards that could show the change. Returns the rank changes by user id.
        Raises RankIndexNotReady if ranks are unknown (a running rebuild still receives the standings).
        """
        arguments: list[str | int] = [*BOARD_LIMITS, *encode_standings(standings)]
        found = redis.run_script(RECORD, self._record_keys(), arguments)
        if not found and standings:
            raise RankIndexNotReady("The rank index is not built yet")
        pairs = zip(standings, found[::2], found[1::2], strict=True)
        return {
            standing.user_id: RankChange(previous + 1 if previous >= 0 else None, new + 1)
            for standing, previous, new in pairs
        }

    def forget(self, user_id: str) -> None:
        """Remove a user from the index, and from a running rebuild, and drop every cached board."""
        redis.run_script(FORGET, self._record_keys(), [user_id])

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
        """Ranks by user id, from 1. Users who are not on the board are left out. Raises RankIndexNotReady."""
        if not user_ids:
            return {}
        keys = [self.keys.ranks, self.keys.members, self.keys.ready]
        found = redis.run_script(RANKS_OF, keys, user_ids)
        if not found:
            raise RankIndexNotReady("The rank index is not built yet")
        return {user_id: rank + 1 for user_id, rank in zip(user_ids, found, strict=True) if rank >= 0}

    def page(self, *, offset: int, limit: int) -> tuple[list[RankedUser], int]:
        """`limit` rows from `offset` and the number of all users, both from one moment. Raises RankIndexNotReady."""
        found = redis.run_script(PAGE, [self.keys.ranks, self.keys.ready], [offset, offset + limit - 1])
        if not found:
            raise RankIndexNotReady("The rank index is not built yet")
        total, rows = found
        return decode_rows(offset, rows), total

    def around(self, user_id: str, radius: int) -> Neighbourhood | None:
        """The user's rank and up to `radius` rows on each side, all from one moment.

        None if the user is not on the board. Raises RankIndexNotReady.
        """
        keys = [self.keys.ranks, self.keys.members, self.keys.ready]
        found = redis.run_script(AROUND, keys, [user_id, radius])
        if not found:
            raise RankIndexNotReady("The rank index is not built yet")
        total, rank, first, rows = found
        return Neighbourhood(rank + 1, total, tuple(decode_rows(first, rows))) if rank >= 0 else None

    def is_ready(self) -> bool:
        """Whether the index holds every user."""
        return redis.exists(self.keys.ready)

    def differing(self, standings: Sequence[Standing]) -> list[Standing]:
        """The standings whose entry is missing or differs."""
        if not standings:
            return []
        kept = redis.hmget(self.keys.members, [standing.user_id for standing in standings])
        scores = redis.zmscore(self.keys.ranks, [member_of(standing) for standing in standings])
        return [
            standing
            for standing, value, score in zip(standings, kept, scores, strict=True)
            if value != value_of(standing).encode() or score != -standing.score
        ]

    def size(self) -> int:
        """The number of users in the index."""
        return redis.hlen(self.keys.members)

    def stray_members(self) -> int:
        """How many more entries the sorted set has than the hash; 0 if the index is sound."""
        return redis.run_script(STRAY_MEMBERS, [self.keys.ranks, self.keys.members])

    def iterate_user_ids(self, batch: int = 1000) -> Iterator[list[str]]:
        """Every user id of the index, in batches without order. A user id may appear twice."""
        cursor, rows = redis.hscan(self.keys.members, 0, batch)
        yield [user_id.decode() for user_id in rows]
        while cursor:
            cursor, rows = redis.hscan(self.keys.members, cursor, batch)
            yield [user_id.decode() for user_id in rows]
