"""The rank index: a sorted set in Redis whose ascending order is exactly the board's order.

An entry has the score `-current_score` and the member `<last_updated in microseconds, 16 digits>:<user_id>`: equal
scores sort bytewise by time, then by id, like BOARD_ORDER in SQL. A hash keeps each user's time and version, so that
an older write that arrives late is ignored. While the index is lost, doubted (`rank_state.py`) or of another database,
calls raise RankIndexNotReady, and PostgreSQL must answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from leaderboard.board_keys import BOARD_LIMITS, DEFAULT_BOARD, BoardKeys
from leaderboard.rank_belief import rank_belief
from leaderboard.rank_state import RankState
from leaderboard.types import Neighbourhood, RankChange, RankedUser, Standing, from_microseconds, to_microseconds
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisRefused, RedisUnavailable, Word, redis

TIME_DIGITS = 16

# Scripts that return an array return an empty one while the index is not ready.
RECORD = LuaScript[tuple[int, ...]](__file__, "record", shared="bump")
FORGET = LuaScript[None](__file__, "forget", shared="bump")
FORGET_STRAYS = LuaScript[int](__file__, "forget_strays")
RANKS_OF = LuaScript[tuple[int, ...]](__file__, "ranks_of")
PAGE = LuaScript[tuple[()] | tuple[int, list[bytes]]](__file__, "page")
AROUND = LuaScript[tuple[()] | tuple[int, int, int, list[bytes]]](__file__, "around")
FIELDS, FIELDS_WITH_EXPECTED = 4, 5

Answer = TypeVar("Answer")


class RankIndexNotReady(RedisUnavailable):
    """Redis answers, but the index was lost or may be outdated. Ask PostgreSQL instead."""


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
    """Rows of the sorted set, given as member, score, member, score, ...; `first` is the rank of the first, from 0.

    Raises ValueError or OverflowError for junk.
    """
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return [_decode_row(rank, member, score) for rank, (member, score) in enumerate(pairs, start=first + 1)]


def _decode_row(rank: int, member: bytes, score: bytes) -> RankedUser:
    moment, _, user_id = member.decode().partition(":")
    if not user_id or "\0" in user_id:
        raise ValueError("not a member")
    return RankedUser(rank, user_id, -int(score), from_microseconds(int(moment)))


class RankIndex:
    """The rank index of one board. Every method raises RedisUnavailable if Redis does not answer or refuses."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)
        self.state = RankState(board)

    def record(self, standings: Sequence[Standing]) -> dict[str, RankChange]:
        """Record the users' standings after a commit, at most one per user.

        Drops the cached boards that could show the change. Returns the rank changes by user id.
        Raises RankIndexNotReady if ranks are unknown (the index, or a running rebuild, still receives the standings).
        After any other error this process ignores what Redis holds, because these standings are missing there.
        """
        found = self._change(RECORD, [FIELDS, *BOARD_LIMITS, *encode_standings(standings)])
        if standings and (not found or rank_belief.is_doubted):
            rank_belief.note_unready()
            raise RankIndexNotReady("The rank index is not ready")
        if rank_belief.reason:
            rank_belief.note_ready()
        pairs = zip(standings, found[::2], found[1::2], strict=True)
        return {
            standing.user_id: RankChange(previous + 1 if previous >= 0 else None, new + 1)
            for standing, previous, new in pairs
        }

    def correct(self, found: Iterable[tuple[Standing, bytes | None]]) -> int:
        """Replace users' entries, whatever the versions are, if the hash still holds the value given with each.

        PostgreSQL must have been read after the hash. Returns how many entries were replaced.
        """
        words: list[Word] = [FIELDS_WITH_EXPECTED, *BOARD_LIMITS]
        for standing, kept in found:
            words += (*encode_standings([standing]), kept or b"")
        return self._change(RECORD, words)[0]

    def forget(self, user_id: str, *, instead: Standing | None = None) -> None:
        """Remove a user from the index, and from a running rebuild, and drop every cached board.

        The same step adds the standing `instead`. After an error this process ignores what Redis holds.
        """
        self._change(FORGET, [user_id, *encode_standings([instead] if instead else [])])

    def forget_strays(self, rows: Iterable[RankedUser]) -> int:
        """Remove rows of users who are not in PostgreSQL. Returns how many there were."""
        words = [word for row in rows for word in (row.user_id, sortable_time(to_microseconds(row.last_updated)))]
        return redis.run_script(FORGET_STRAYS, [self.keys.ranks, self.keys.members], words)

    def _change(self, script: LuaScript[Answer], words: Iterable[Word]) -> Answer:
        """Run a script that changes the index. If it fails, even half-way, the index is outdated."""
        try:
            if rank_belief.is_doubted:
                self.state.share_doubt()
            return redis.run_script(script, self._changed_keys(), [rank_belief.identity, *words])
        except RedisRefused as error:
            rank_belief.doubt(f"Redis refused a change of rank ({error.code})")
            raise
        except RedisUnavailable:
            rank_belief.doubt("Redis did not answer a change of rank")
            raise

    def _changed_keys(self) -> list[str]:
        keys = self.keys
        return [
            keys.ranks,
            keys.members,
            keys.next_changes,
            keys.rebuild,
            keys.ready,
            keys.built,
            keys.generation,
            *keys.leaderboards,
        ]

    def ranks_of(self, user_ids: Sequence[str]) -> dict[str, int]:
        """Ranks by user id, from 1. Users who are not on the board are left out. Raises RankIndexNotReady."""
        if not user_ids:
            return {}
        found = self._ask(RANKS_OF, [self.keys.ranks, self.keys.members, self.keys.ready], user_ids)
        return {user_id: rank + 1 for user_id, rank in zip(user_ids, found, strict=True) if rank >= 0}

    def page(self, *, offset: int, limit: int) -> tuple[list[RankedUser], int]:
        """`limit` rows from `offset` and the number of all users, both from one moment. Raises RankIndexNotReady."""
        total, rows = self._ask(PAGE, [self.keys.ranks, self.keys.ready], [offset, offset + limit - 1])
        return self._rows(offset, rows), total

    def around(self, user_id: str, radius: int) -> Neighbourhood | None:
        """The user's rank and up to `radius` rows on each side, all from one moment.

        None if the user is not on the board. Raises RankIndexNotReady.
        """
        keys = [self.keys.ranks, self.keys.members, self.keys.ready]
        total, rank, first, rows = self._ask(AROUND, keys, [user_id, radius])
        return Neighbourhood(rank + 1, total, tuple(self._rows(first, rows))) if rank >= 0 else None

    def _ask(self, script: "LuaScript[tuple[()] | Answer]", keys: Sequence[str], words: Iterable[Word]) -> Answer:
        """Raises RankIndexNotReady."""
        if rank_belief.is_doubted:
            raise RankIndexNotReady("This process ignores what Redis holds")
        found = redis.run_script(script, keys, [rank_belief.identity, *words])
        if not found:
            raise RankIndexNotReady("The rank index is not ready")
        return found

    def _rows(self, first: int, flat: Sequence[bytes]) -> list[RankedUser]:
        try:
            return decode_rows(first, flat)
        except (ValueError, OverflowError) as error:
            with suppress(RedisUnavailable):
                self.state.doubt(rebuild=True)
            raise RankIndexNotReady("The rank index holds invalid data") from error

    def is_ready(self) -> bool:
        """Whether the index is whole, and this process may use it."""
        return not rank_belief.is_doubted and self.state.look().is_ready_for(rank_belief.identity)

    def kept(self, user_ids: Sequence[str]) -> dict[str, bytes | None]:
        """Each user's value in the hash."""
        return dict(zip(user_ids, redis.hmget(self.keys.members, user_ids), strict=True)) if user_ids else {}

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
        return self.state.look().members

    def stray_members(self) -> int:
        """How many more entries the sorted set has than the hash; 0 if the index is sound."""
        look = self.state.look()
        return look.ranks - look.members

    def some_user_ids(self, cursor: int, count: int) -> tuple[int, list[str | None]]:
        """The next cursor (0: the end) and about `count` user ids of the hash. None stands for an invalid id."""
        cursor, rows = redis.hscan(self.keys.members, cursor, count)
        return cursor, [_user_id(user_id) for user_id in rows]

    def iterate_user_ids(self, batch: int = 1000) -> Iterator[list[str | None]]:
        """Every user id of the index, in batches without order. A user id may appear twice; None is an invalid id."""
        cursor, user_ids = self.some_user_ids(0, batch)
        yield user_ids
        while cursor:
            cursor, user_ids = self.some_user_ids(cursor, batch)
            yield user_ids


def _user_id(field: bytes) -> str | None:
    try:
        user_id = field.decode()
    except UnicodeDecodeError:
        return None
    return user_id if "\0" not in user_id else None
