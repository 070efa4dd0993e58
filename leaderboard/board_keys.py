"""All Redis keys of a board. They share one hash tag, so that a script can use them all on a Redis Cluster too."""

from django.conf import settings

DEFAULT_BOARD = "all"
BOARD_LIMITS = (10, 25, 50, 100)
MAX_BOARD_LIMIT = BOARD_LIMITS[-1]


class BoardKeys:
    def __init__(self, board: str = DEFAULT_BOARD) -> None:
        prefix = f"{settings.REDIS_KEY_PREFIX}:{{{board}}}"
        self.ranks = f"{prefix}:ranks"
        self.members = f"{prefix}:members"
        self.next_ranks = f"{prefix}:next:ranks"
        self.next_members = f"{prefix}:next:members"
        self.next_changes = f"{prefix}:next:changes"
        self.rebuild = f"{prefix}:rebuild"
        # The token of the rebuild that put the index in place. It begins with the identity of the database.
        self.built = f"{prefix}:built"
        # The same token, while processes may use the index.
        self.ready = f"{prefix}:ready"
        # How often the index was doubted.
        self.doubts = f"{prefix}:doubts"
        self.generation = f"{prefix}:generation"
        self.reconciled = f"{prefix}:reconciled"
        self.reconciling = f"{prefix}:reconciling"
        self.trash = f"{prefix}:trash"
        self._leaderboard = f"{prefix}:leaderboard:top"

    def leaderboard(self, limit: int) -> str:
        """The cached board of the first `limit` rows. The name is from the specification: `leaderboard:top{N}`."""
        return f"{self._leaderboard}{limit}"

    def loading(self, limit: int) -> str:
        """The lock that the one loader of this board holds."""
        return f"{self._leaderboard}{limit}:loading"

    @property
    def leaderboards(self) -> list[str]:
        """The cached boards of all sizes."""
        return [self.leaderboard(limit) for limit in BOARD_LIMITS]
