"""An open socket of a server without our websocket protocol, such as `manage.py runserver`: each frame takes a task."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from live.connections.frames import OutgoingFrame
from live.connections.listener import Listener

Send = Callable[[dict[str, Any]], Awaitable[None]]


class AsgiSocket:
    """Writes through ASGI's send, which waits while the peer does not read."""

    def __init__(self, send: Send, listener: Listener) -> None:
        self._send = send
        self._listener = listener
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    def try_write(self, frame: OutgoingFrame) -> bool:
        """See Writer."""
        if self._task:
            return False
        self._task = asyncio.create_task(self._write(frame))
        return True

    async def _write(self, frame: OutgoingFrame) -> None:
        try:
            await self._send({"type": "websocket.send", "text": frame.text})
        except (OSError, RuntimeError):
            # The peer left or the socket is closing: the disconnect event cleans up.
            return
        self._task = None
        self._listener.can_write()

    def close(self, code: int) -> None:
        """Send a close frame, after the frame under way. A peer that does not read is left to the server."""
        self._closing = asyncio.create_task(self._close(code))

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(settings.LIVE_WRITE_TIMEOUT_SECONDS):
                if self._task:
                    await self._task
                await self._send({"type": "websocket.close", "code": code})
        except (OSError, RuntimeError, TimeoutError):
            return
