"""Watches for newly banned users, and closes their sockets."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from contextvars import Context
from typing import Protocol

from live.sockets.messages import CloseCode
from scoreboard_project.tokens.banned_users import LEASE_SECONDS, BannedNow, banned_users
from scoreboard_project.tokens.principal import Principal


class Closable(Protocol):
    """A connected consumer."""

    principal: Principal | None

    def close(self, code: CloseCode) -> None: ...


class BanWatch:
    """Keeps the process's list fresh, so that neither requests nor handshakes wait for it."""

    def __init__(self, sockets: Iterable[Closable]) -> None:
        self._sockets = sockets
        self._task: asyncio.Task[None] | None = None
        self._is_kept = False

    def keep(self) -> None:
        """Watch until `stop`, also without sockets."""
        self._is_kept = True
        self.start()

    def start(self) -> None:
        """Watch while there are sockets. Safe to call more than once."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._watch(), context=Context())

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    async def _watch(self) -> None:
        while self._is_kept or list(self._sockets):
            with suppress(Exception):  # PostgreSQL does not answer: the next look finds what was missed
                await BannedNow().ask_in_loop()
            self._close_banned()
            await asyncio.sleep(LEASE_SECONDS / 2)

    def _close_banned(self) -> None:
        if not banned_users.user_ids:
            return
        for socket in list(self._sockets):
            if socket.principal and socket.principal.user_id in banned_users.user_ids:
                socket.close(CloseCode.FORBIDDEN)
