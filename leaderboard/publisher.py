"""Tells the live processes that a board changed: after the commit, outside the request, with one pending hint at most.

If Redis hangs, no write is delayed: the request only sets a flag, and a task of its event loop sends the hints, or
one thread of the process where there is no loop. The first hint after a quiet time is sent at once. Later ones within
PAUSE_SECONDS are merged, so that a busy process does not spend its time on hints. If a hint is lost, the live process
finds the change at its next reconcile tick.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from contextvars import Context

from leaderboard.board_keys import DEFAULT_BOARD, MAX_BOARD_LIMIT
from leaderboard.channel_layer import board_channel_layer
from leaderboard.events import BoardChanged, board_group
from leaderboard.rank_belief import rank_belief
from scoreboard_project.runtime.flows.loops import PerLoop
from scoreboard_project.runtime.outage import Outage
from scoreboard_project.runtime.redis import LOST_CONNECTION

# Shorter than the pause of the live processes between two broadcasts.
PAUSE_SECONDS = 0.02

unannounced = Outage(
    logging.getLogger("scoreboard.publisher"),
    begins="Changes are not announced to the live processes",
    ends="Changes are announced to the live processes again",
)


class LoopPublisher:
    """One per event loop."""

    def __init__(self) -> None:
        # The best rank of each board that changed since the last hint.
        self._pending: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def publish(self, best_rank: int, board: str) -> None:
        _merge(self._pending, best_rank, board)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._send_pending(), context=Context())

    async def _send_pending(self) -> None:
        try:
            while self._pending:
                pending, self._pending = self._pending, {}
                await _send(pending)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._task = None


class ThreadPublisher:
    """One per process. Its thread starts with the first hint, so that a forked server worker gets its own."""

    def __init__(self) -> None:
        self._pending: dict[str, int] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def publish(self, best_rank: int, board: str) -> None:
        with self._changed:
            _merge(self._pending, best_rank, board)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="board-changed", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._pending)
                    pending, self._pending = self._pending, {}
                runner.run(_send(pending))
                time.sleep(PAUSE_SECONDS)


def _merge(pending: dict[str, int], best_rank: int, board: str) -> None:
    pending[board] = min(best_rank, pending.get(board, best_rank))


async def _send(pending: Mapping[str, int]) -> None:
    layer = board_channel_layer()
    for board, best_rank in pending.items():
        hint = BoardChanged(best_rank, board, rank_belief.is_unwritten)
        try:
            await layer.group_send(board_group(board), hint.to_message())
        except LOST_CONNECTION as error:
            unannounced.begin(str(error))
        else:
            unannounced.end()


_loop_publishers = PerLoop(LoopPublisher)
_thread_publisher = ThreadPublisher()


def publish_board_changed(best_rank: int, board: str = DEFAULT_BOARD) -> None:
    """Announce a committed change. `best_rank` is the smaller of the ranks before and after, from 1.

    Does nothing for a change below every board that users can watch. Never waits or raises.
    """
    if best_rank > MAX_BOARD_LIMIT:
        return
    try:
        publisher: LoopPublisher | ThreadPublisher = _loop_publishers.of_running_loop()
    except RuntimeError:
        publisher = _thread_publisher
    publisher.publish(best_rank, board)
