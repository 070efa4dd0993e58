"""What waits to be sent to one socket: a few replies in order, and only the latest board."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from django.conf import settings

from live.connections.frames import OutgoingFrame

MAX_PENDING_REPLIES = 32


class Writer(Protocol):
    """An open socket. It tells its listener when it can write again."""

    def try_write(self, frame: OutgoingFrame) -> bool:
        """Write a frame now; False if the peer reads too slowly or the socket is closing."""
        ...


class Outbox:
    """Writes at once if the peer keeps up. A peer that takes nothing for LIVE_WRITE_TIMEOUT_SECONDS is slow."""

    __slots__ = ("_board", "_is_closed", "_on_slow", "_replies", "_timer", "_writer")

    def __init__(self, writer: Writer, on_slow: Callable[[], None]) -> None:
        self._writer = writer
        self._on_slow = on_slow
        # Seldom holds anything, so a list is better than a deque, which takes 600 bytes when it is empty.
        self._replies: list[OutgoingFrame] = []
        self._board: OutgoingFrame | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    def reply(self, frame: OutgoingFrame) -> None:
        """Send the answer to a client's frame. Answers keep their order."""
        if self._is_closed:
            # An action may outlive its socket.
            return
        self._replies.append(frame)
        if len(self._replies) > MAX_PENDING_REPLIES:
            self._on_slow()
            return
        self._flush()

    def show(self, frame: OutgoingFrame) -> None:
        """Send a board. It replaces a board that still waits."""
        self._board = frame
        self._flush()

    def forget_board(self) -> None:
        """Drop a board that still waits, because the client unsubscribed."""
        self._board = None

    def can_write(self) -> None:
        """The peer has read: send what waits."""
        self._stop_timer()
        self._flush()

    def close(self) -> None:
        """Drop all that waits, and send nothing from now on."""
        self._is_closed = True
        # It refers to the consumer, which refers to this: without it the garbage collector has nothing to do.
        self._on_slow = _nothing
        self._replies.clear()
        self._board = None
        self._stop_timer()

    def _flush(self) -> None:
        if self._is_closed or self._timer:
            return
        while frame := self._replies[0] if self._replies else self._board:
            if not self._writer.try_write(frame):
                seconds = settings.LIVE_WRITE_TIMEOUT_SECONDS
                self._timer = asyncio.get_running_loop().call_later(seconds, self._on_slow)
                return
            if self._replies:
                del self._replies[0]
            else:
                self._board = None

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


def _nothing() -> None:
    """What a closed outbox calls."""
