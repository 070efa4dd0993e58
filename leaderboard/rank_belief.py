"""Whether this process may use the ranks and boards in Redis.

What cannot be written is not believed. If a process fails to write a change (Redis refuses it, at once or half-way, or
does not answer), it ignores what Redis holds. This ends when it has written its doubt to Redis: from then on the index
itself is not ready, for every process (`rank_state.py`).
"""

import logging
import threading

from leaderboard.metrics import rank_index_believed
from scoreboard_project.runtime.outage import Outage

log = logging.getLogger("scoreboard.ranks")


class RankBelief:
    """There is one per process."""

    def __init__(self) -> None:
        # Whether this process ignores what Redis holds. Every read checks it.
        self.is_doubted = False
        # Identifies the database that the ranks must come from. Empty in a process that does not watch it.
        self.identity = ""
        # Whether a thread watches Redis, which ends doubts and logs trouble.
        self.is_watched = False
        # How often this process doubted, and how often it had when it last wrote that to Redis.
        self.doubts = 0
        self._written = 0
        self._is_unchecked = False
        self._lock = threading.Lock()
        self._began_to_doubt = threading.Event()
        self._outage = Outage(
            log, begins="Ranks and boards come from PostgreSQL", ends="Ranks and boards come from Redis again"
        )
        rank_index_believed.set(1)

    @property
    def reason(self) -> str:
        """Why ranks come from PostgreSQL; empty while they come from Redis."""
        return self._outage.reason

    @property
    def is_unwritten(self) -> bool:
        """Whether this process has a doubt that it has not written to Redis yet."""
        return self.doubts != self._written

    def begin_unchecked(self) -> None:
        """Ignore Redis until the first check: it may hold old ranks, or those of another database.

        For a process with a thread that watches Redis.
        """
        with self._lock:
            self.is_watched = self._is_unchecked = self.is_doubted = True

    def doubt(self, reason: str) -> None:
        """Ignore what Redis holds: a change may be missing there."""
        with self._lock:
            self.doubts += 1
            if not self.is_doubted:
                self._began_to_doubt.set()
            self.is_doubted = True
        self.note_unready(reason)

    def hear_of_doubt(self) -> None:
        """Another process could not write a change."""
        if self.is_watched:
            self.doubt("another process could not write a change to Redis")

    def wait_for_doubt(self, seconds: float) -> None:
        """Return when this process begins to doubt, or after that time."""
        self._began_to_doubt.wait(seconds)
        self._began_to_doubt.clear()

    def note_written(self, doubts: int) -> None:
        """The first `doubts` doubts are in Redis now, so the index itself says whether it is ready."""
        with self._lock:
            self._written = max(self._written, doubts)
            self._update()

    def note_checked(self) -> None:
        """The first check is done."""
        with self._lock:
            self._is_unchecked = False
            self._update()

    def _update(self) -> None:
        self.is_doubted = self._is_unchecked or self.is_unwritten

    def note_unready(self, reason: str = "") -> None:
        """The index is not ready. Without a new reason, the earlier one stays."""
        self._outage.begin(reason or self.reason or "the rank index is not ready")
        rank_index_believed.set(0)

    def note_ready(self) -> None:
        """The index is ready. It is used again unless this process doubts."""
        if not self.is_doubted:
            self._outage.end()
            rank_index_believed.set(1)


rank_belief = RankBelief()
