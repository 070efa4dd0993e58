"""The rank index: a sorted set in Redis whose ascending order is exactly the board's order.

An entry has the score `-current_score` and the member `<last_updated in microseconds, 16 digits>:<user_id>`: equal
scores sort bytewise by time, then by id, like BOARD_ORDER in SQL. A hash keeps each user's time and version, so that
an older write that arrives late is ignored. While the index is lost, doubted (`rank_state.py`) or of another database,
calls raise RankIndexNotReady, and PostgreSQL must answer.
"""

from collections.abc import Iterable, Iterator, Sequence

from leaderboard.board_keys import BOARD_LIMITS, DEFAULT_BOARD
from leaderboard.rank_belief import rank_belief
from leaderboard.rank_flows import FIELDS, RECORD, RankFlows, encode_standings, packed, sortable_time
from leaderboard.types import Neighbourhood, RankChange, RankedUser, Standing
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import redis

FORGET = LuaScript[None](__file__, "forget", shared="bump")
FIELDS_WITH_EXPECTED = FIELDS + 1


def member_of(standing: Standing) -> str:
    """The standing's member in the sorted set."""
    return f"{sortable_time(standing.moved_at)}:{standing.user_id}"


def value_of(standing: Standing) -> str:
    """The standing's value in the hash: enough to find its entry and to recognise an older write."""
    return f"{sortable_time(standing.moved_at)}:{standing.version}"


class RankIndex:
    """The rank index of one board. Every method raises RedisUnavailable if Redis does not answer or refuses."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.flows = RankFlows(board)
        self.keys = self.flows.keys
        self.state = self.flows.state

    def record(self, standings: Sequence[Standing]) -> dict[str, RankChange]:
        """See `RankFlows.record`."""
        return run(self.flows.record(standings))

    def correct(self, found: Iterable[tuple[Standing, bytes | None]]) -> int:
        """Replace users' entries, whatever the versions are, if the hash still holds the value given with each.

        PostgreSQL must have been read after the hash. Returns how many entries were replaced.
        """
        words: list[str | bytes] = []
        for standing, kept in found:
            words += (*encode_standings([standing]), kept or b"")
        return run(self.flows.change(RECORD, [FIELDS_WITH_EXPECTED, *BOARD_LIMITS, packed(words)]))[0]

    def forget(self, user_id: str, *, instead: Standing | None = None) -> None:
        """Remove a user from the index, and from a running rebuild, and drop every cached board.

        The same step adds the standing `instead`. After an error this process ignores what Redis holds.
        """
        run(self.flows.change(FORGET, [user_id, *encode_standings([instead] if instead else [])]))

    def ranks_of(self, user_ids: Sequence[str]) -> dict[str, int]:
        """See `RankFlows.ranks_of`."""
        return run(self.flows.ranks_of(user_ids))

    def page(self, *, offset: int, limit: int) -> tuple[list[RankedUser], int]:
        """`limit` rows from `offset` and the number of all users, both from one moment. Raises RankIndexNotReady."""
        (rows,), total = run(self.flows.pages([(offset, limit)]))
        return rows, total

    def around(self, user_id: str, radius: int) -> Neighbourhood | None:
        """See `RankFlows.arounds`."""
        return run(self.flows.arounds([(user_id, radius)]))[0]

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
