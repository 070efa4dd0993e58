"""What requests ask of the rank index, as flows: record changes, and read ranks, pages and neighbourhoods.

While the index is lost, doubted (`rank_state.py`) or of another database, these raise RankIndexNotReady, and PostgreSQL
must answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec

from leaderboard.board_keys import BOARD_LIMITS, DEFAULT_BOARD, BoardKeys
from leaderboard.rank_belief import rank_belief
from leaderboard.rank_state import RankState
from leaderboard.types import Neighbourhood, RankChange, RankedUser, Standing, from_microseconds, to_microseconds
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisRefused, RedisUnavailable, Word
from scoreboard_project.runtime.redis_questions import ScriptCall

TIME_DIGITS = 16
FIELDS = 4

# Scripts that return an array return an empty one while the index is not ready.
RECORD = LuaScript[tuple[int, ...]](__file__, "record", shared="bump")
FORGET_STRAYS = LuaScript[int](__file__, "forget_strays")
RANKS_OF = LuaScript[tuple[int, ...]](__file__, "ranks_of")
PAGES = LuaScript[tuple[()] | tuple[int, list[list[bytes]]]](__file__, "pages")
AROUNDS = LuaScript[tuple[()] | tuple[int, list[tuple[int, int, list[bytes]]]]](__file__, "arounds")

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


def packed(words: Iterable[str | bytes]) -> bytes:
    """Words as one argument of a script, which unpacks it with `cmsgpack`."""
    return msgspec.msgpack.encode([word if isinstance(word, str) else _as_text(word) for word in words])


def _as_text(word: bytes) -> msgspec.Raw:
    """Any bytes as a MessagePack text: `cmsgpack` does not know the type for bytes."""
    return msgspec.Raw(b"\xdb" + len(word).to_bytes(4, "big") + word)


def sortable_time(microseconds: int) -> str:
    """A fixed number of digits, so that text order is time order."""
    return f"{microseconds:0{TIME_DIGITS}d}"


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


class RankFlows:
    """The flows of one board's index. Each raises RedisUnavailable if Redis does not answer or refuses."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)
        self.state = RankState(board)

    def record(self, standings: Sequence[Standing]) -> Flow[dict[str, RankChange]]:
        """Record the users' standings after a commit, at most one per user.

        Drops the cached boards that could show the change. Returns the rank changes by user id.
        Raises RankIndexNotReady if ranks are unknown (the index, or a running rebuild, still receives the standings).
        After any other error this process ignores what Redis holds, because these standings are missing there.
        """
        found = yield from self.change(RECORD, [FIELDS, *BOARD_LIMITS, packed(encode_standings(standings))])
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

    def change(self, script: LuaScript[Answer], words: Iterable[Word]) -> Flow[Answer]:
        """Run a script that changes the index. If it fails, even half-way, the index is outdated."""
        try:
            if rank_belief.is_doubted:
                yield from self.state.sharing_doubt()
            return (yield from ScriptCall(script, self._changed_keys(), [rank_belief.identity, *words]))
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

    def ranks_of(self, user_ids: Sequence[str]) -> Flow[dict[str, int]]:
        """Ranks by user id, from 1. Users who are not on the board are left out. Raises RankIndexNotReady."""
        if not user_ids:
            return {}
        found = yield from self._ask(RANKS_OF, [self.keys.ranks, self.keys.members, self.keys.ready], user_ids)
        return {user_id: rank + 1 for user_id, rank in zip(user_ids, found, strict=True) if rank >= 0}

    def pages(self, pages: Sequence[tuple[int, int]]) -> Flow[tuple[list[list[RankedUser]], int]]:
        """For each offset and limit the rows, and the number of all users, all from one moment.

        Raises RankIndexNotReady.
        """
        words = [word for offset, limit in pages for word in (offset, offset + limit - 1)]
        total, found = yield from self._ask(PAGES, [self.keys.ranks, self.keys.ready], words)
        rows = []
        for (offset, _), flat in zip(pages, found, strict=True):
            rows.append((yield from self._rows(offset, flat)))
        return rows, total

    def arounds(self, asked: Sequence[tuple[str, int]]) -> Flow[list[Neighbourhood | None]]:
        """For each user id and radius the user's rank and up to `radius` rows on each side, all from one moment.

        None for users who are not on the board. Raises RankIndexNotReady.
        """
        words = [word for user_id, radius in asked for word in (user_id, radius)]
        total, found = yield from self._ask(AROUNDS, [self.keys.ranks, self.keys.members, self.keys.ready], words)
        places: list[Neighbourhood | None] = []
        for rank, first, flat in found:
            rows = yield from self._rows(first, flat)
            places.append(Neighbourhood(rank + 1, total, tuple(rows)) if rank >= 0 else None)
        return places

    def forget_strays(self, rows: Iterable[RankedUser]) -> Flow[int]:
        """Remove rows of users who are not in PostgreSQL. Returns how many there were."""
        words = [word for row in rows for word in (row.user_id, sortable_time(to_microseconds(row.last_updated)))]
        return (yield from ScriptCall(FORGET_STRAYS, [self.keys.ranks, self.keys.members], words))

    def _ask(self, script: "LuaScript[tuple[()] | Answer]", keys: Sequence[str], words: Iterable[Word]) -> Flow[Answer]:
        """Raises RankIndexNotReady."""
        if rank_belief.is_doubted:
            raise RankIndexNotReady("This process ignores what Redis holds")
        found = yield from ScriptCall(script, keys, [rank_belief.identity, *words])
        if not found:
            raise RankIndexNotReady("The rank index is not ready")
        return found

    def _rows(self, first: int, flat: Sequence[bytes]) -> Flow[list[RankedUser]]:
        try:
            return decode_rows(first, flat)
        except (ValueError, OverflowError) as error:
            with suppress(RedisUnavailable):
                yield from self.state.doubting(rebuild=True)
            raise RankIndexNotReady("The rank index holds invalid data") from error
