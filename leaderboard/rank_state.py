"""The state of the rank index in Redis, shared by all processes.

`built` means that a rebuild has put the whole index in place, `ready` that processes may use it. A doubt deletes
`ready`. The next reconcile pass checks the index and sets `ready` again, unless there was another doubt in the
meantime. A doubt deletes before it writes, because a full Redis accepts that.
"""

from dataclasses import dataclass

from leaderboard.board_keys import DEFAULT_BOARD, BoardKeys
from leaderboard.rank_belief import rank_belief
from scoreboard_project.runtime.flows.flow import Flow, run
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import redis
from scoreboard_project.runtime.redis_questions import ScriptCall

LOOK = LuaScript[tuple[bytes, bytes, bytes, int, int, bytes]](__file__, "look")
DOUBT = LuaScript[None](__file__, "doubt", shared="bump")
SETTLE = LuaScript[int](__file__, "settle")


@dataclass(frozen=True, slots=True)
class IndexLook:
    """The index at one moment. A missing text is empty; `ranks` and `members` are -1 if they cannot be counted."""

    ready: str
    built: str
    doubts: str
    ranks: int
    members: int
    mark: bytes

    @property
    def is_complete(self) -> bool:
        """Whether hash and sorted set have the same size."""
        return self.ranks == self.members >= 0

    def is_built_for(self, identity: str) -> bool:
        """Whether the index was built from this database."""
        return self.built != "" and self.built.startswith(identity)

    def is_ready_for(self, identity: str) -> bool:
        """Whether processes on this database may use the index."""
        return self.is_complete and self.ready != "" and self.ready.startswith(identity)


class RankState:
    """The state of one board's index. Methods raise RedisUnavailable."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        self.keys = BoardKeys(board)

    def look(self) -> IndexLook:
        """Read the state, all from one moment."""
        keys = self.keys
        names = [keys.ready, keys.built, keys.doubts, keys.ranks, keys.members, keys.reconciled]
        ready, built, doubts, ranks, members, mark = redis.run_script(LOOK, names)
        return IndexLook(_text(ready), _text(built), _text(doubts), ranks, members, mark)

    def doubt(self, *, rebuild: bool = False) -> None:
        """Stop every process from using the index until it was checked, or rebuilt. Drops the cached boards."""
        run(self.doubting(rebuild=rebuild))

    def doubting(self, *, rebuild: bool = False) -> Flow[None]:
        """`doubt` as a flow."""
        keys = self.keys
        names = [keys.ready, keys.built, keys.doubts, keys.generation, keys.rebuild, keys.reconciling]
        yield from ScriptCall(DOUBT, [*names, *keys.leaderboards], ["1" if rebuild else ""])

    def share_doubt(self) -> None:
        """Write this process's doubts to Redis, so that other processes know of them."""
        run(self.sharing_doubt())

    def sharing_doubt(self) -> Flow[None]:
        """`share_doubt` as a flow."""
        if rank_belief.is_unwritten:
            doubts = rank_belief.doubts
            yield from self.doubting()
            rank_belief.note_written(doubts)

    def settle(self, look: IndexLook) -> bool:
        """Declare the index ready after a check that began with `look`. False if it was doubted in the meantime."""
        keys = self.keys
        names = [keys.ready, keys.built, keys.doubts, keys.ranks, keys.members]
        return bool(redis.run_script(SETTLE, names, [look.built, look.doubts]))


def _text(kept: bytes) -> str:
    return kept.decode(errors="replace")
