"""Every Redis key of a board. They share one hash tag, so that a script may touch them all on a Redis Cluster too."""

from django.conf import settings

DEFAULT_BOARD = "all"
BOARD_LIMITS = (10, 25, 50, 100)
MAX_BOARD_LIMIT = BOARD_LIMITS[-1]


class BoardKeys:
    """The key names of one board."""

    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        prefix = f"{settings.REDIS_KEY_PREFIX}:{{{board}}}"
        self.ranks = f"{prefix}:ranks"
        self.members = f"{prefix}:members"
        self.next_ranks = f"{prefix}:next:ranks"
        self.next_members = f"{prefix}:next:members"
        self.next_changes = f"{prefix}:next:changes"
        self.rebuild = f"{prefix}:rebuild"
        self.ready = f"{prefix}:ready"
        self.generation = f"{prefix}:generation"
        self.reconciled = f"{prefix}:reconciled"
        self.reconciling = f"{prefix}:reconciling"
        self.trash = f"{prefix}:trash"
        self._leaderboard = f"{prefix}:leaderboard:top"

    def leaderboard(self, limit: int) -> str:
        """The cached board of the top `limit`, as the specification names it: `leaderboard:top{N}`."""
        return f"{self._leaderboard}{limit}"

    def loading(self, limit: int) -> str:
        """Held by the one loader of that board."""
        return f"{self._leaderboard}{limit}:loading"

    @property
    def leaderboards(self) -> list[str]:
        """The cached boards of every size."""
        return [self.leaderboard(limit) for limit in BOARD_LIMITS]
