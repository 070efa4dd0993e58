"""What waits to be sent to one socket: a few replies in order, and only the latest board."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from live.sockets.messages import OutgoingFrame
from live.sockets.protocol import DirectSocket

MAX_PENDING_REPLIES = 32

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Outbox:
    """Writes at once if the peer keeps up; else a task waits, at most LIVE_WRITE_TIMEOUT_SECONDS for each frame."""

    __slots__ = ("_board", "_direct", "_is_closed", "_on_slow", "_replies", "_send", "_task")

    def __init__(self, send: Send, direct: DirectSocket | None, on_slow: Callable[[], None]) -> None:
        self._send = send
        self._direct = direct
        self._on_slow = on_slow
        self._replies: deque[OutgoingFrame] = deque()
        self._board: OutgoingFrame | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def reply(self, frame: OutgoingFrame) -> None:
        """Send the answer to a client's frame. Answers keep their order."""
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

    def close(self) -> None:
        """Drop all that waits, and send nothing from now on."""
        self._is_closed = True
        self._replies.clear()
        self._board = None
        if self._task:
            self._task.cancel()

    def _flush(self) -> None:
        if self._is_closed or self._task:
            return
        while frame := self._peek():
            if not self._direct or not self._direct.try_write(frame.wire):
                self._task = asyncio.create_task(self._write_waiting())
                return
            self._take()

    async def _write_waiting(self) -> None:
        try:
            while frame := self._peek():
                self._take()
                async with asyncio.timeout(settings.LIVE_WRITE_TIMEOUT_SECONDS):
                    await self._send({"type": "websocket.send", "text": frame.text})
        except TimeoutError:
            self._on_slow()
        except (OSError, RuntimeError):
            # The peer left or the socket is closing. The disconnect event cleans up.
            self._is_closed = True
        finally:
            self._task = None

    def _peek(self) -> OutgoingFrame | None:
        return self._replies[0] if self._replies else self._board

    def _take(self) -> None:
        if self._replies:
            self._replies.popleft()
        else:
            self._board = None
