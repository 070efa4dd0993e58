"""The one listener of a process: it hears that a board changed, reads it once, and sends it to all subscribers.

The first change after a quiet time is sent at once. While changes keep coming, boards are sent at most every
LIVE_BROADCAST_INTERVAL_MS. The board is also read every LIVE_RECONCILE_SECONDS, in case pub/sub lost a message. A new
subscriber is registered first and gets a board that was read afterwards, so it misses no change.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings
from django.db import Error

from leaderboard.board_keys import MAX_BOARD_LIMIT
from leaderboard.channel_layer import board_channel_layer
from leaderboard.events import BoardChanged, board_group
from leaderboard.rank_belief import rank_belief
from leaderboard.types import Board, BoardRow
from live.connections.frames import OutgoingFrame
from live.counts import metrics
from live.sockets.messages import scoreboard_update
from live.sockets.subscriptions import Subscriber, Subscriptions
from scoreboard_project.runtime.flows.joined import Overloaded, WaitedTooLong
from scoreboard_project.runtime.outage import Outage
from scoreboard_project.runtime.redis import LOST_CONNECTION
from scores.selectors.boards import TopBoard

LISTEN_AGAIN_SECONDS = 1.0
SOCKETS_BETWEEN_YIELDS = 250

log = logging.getLogger("scoreboard.live")
deaf = Outage(log, begins="Cannot listen to Redis, reading the board by timer", ends="Listening to Redis again")
unreadable = Outage(log, begins="The board cannot be read", ends="The board can be read again")


class Hub:
    """One per process (event loop). It starts with the first subscriber."""

    def __init__(self) -> None:
        self.subscriptions = Subscriptions()
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._shown: tuple[tuple[object, ...], ...] = ()
        self._changed_at = 0.0

    def subscribe(self, subscriber: Subscriber, limit: int) -> None:
        """Send this subscriber the top `limit`, now and on each change."""
        self._start()
        self.subscriptions.add(subscriber, limit)
        self._wanted.set()

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self.subscriptions.remove(subscriber)

    async def stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen_forever()), asyncio.create_task(self._broadcast_forever())]

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except LOST_CONNECTION as error:
                deaf.begin(str(error))
                await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    async def _listen(self) -> None:
        """Uses one channel-layer subscription for the whole process."""
        layer = board_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(board_group(), channel)
        deaf.end()
        self._wanted.set()
        while True:
            hint = BoardChanged.from_message(await layer.receive(channel))
            if hint.is_missing:
                rank_belief.hear_of_doubt()
            if hint.best_rank <= self.subscriptions.largest_limit:
                self._wanted.set()

    async def _broadcast_forever(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), settings.LIVE_RECONCILE_SECONDS)
            await self._pause_between_changes()
            self._wanted.clear()
            if self.subscriptions.by_limit:
                await self._broadcast()

    async def _pause_between_changes(self) -> None:
        pause = self._changed_at + settings.LIVE_BROADCAST_INTERVAL_MS / 1000 - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)

    async def _broadcast(self) -> None:
        waiting = self.subscriptions.take_waiting()
        try:
            # The same cache as for the board over HTTP, and the same reading of it if one is due.
            board, _ = await TopBoard(MAX_BOARD_LIMIT).ask_in_loop()
        except (Error, OSError, Overloaded, WaitedTooLong) as error:
            unreadable.begin(str(error))
            self.subscriptions.waiting |= {each for each in waiting if each.limit is not None}
            return
        unreadable.end()
        await self._show(board, waiting)

    async def _show(self, board: Board, waiting: set[Subscriber]) -> None:
        """Encode each subscribed size once, and only if its rows changed or a subscriber waits for them."""
        rows = tuple(_visible(row) for row in board.rows)
        before, self._shown = self._shown, rows
        if before != rows:
            self._changed_at = time.monotonic()
        for limit, subscribers in list(self.subscriptions.by_limit.items()):
            is_changed = before[:limit] != rows[:limit]
            # A socket that subscribed while the board was being read gets the next board.
            chosen = (subscribers if is_changed else subscribers & waiting) - self.subscriptions.waiting
            if chosen:
                metrics.live_broadcasts.inc()
                metrics.live_frames.inc(len(chosen))
                await self._show_all(chosen, limit, scoreboard_update(board, limit))

    async def _show_all(self, subscribers: Iterable[Subscriber], limit: int, frame: OutgoingFrame) -> None:
        for count, subscriber in enumerate(subscribers, start=1):
            if subscriber.limit == limit:
                subscriber.outbox.show(frame)
            if count % SOCKETS_BETWEEN_YIELDS == 0:
                await asyncio.sleep(0)


def _visible(row: BoardRow) -> tuple[object, ...]:
    return row.user_id, row.username, row.score
