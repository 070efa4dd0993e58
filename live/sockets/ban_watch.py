"""Closes the sockets of banned users, while the process has sockets."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from live.sockets.messages import CloseCode
from scoreboard_project.tokens.banned_users import LEASE_SECONDS, BannedNow, banned_users
from scoreboard_project.tokens.principal import Principal


class Closable(Protocol):
    """A connected consumer."""

    principal: Principal | None

    def close(self, code: CloseCode) -> None: ...


class BanWatch:
    """Reads the list every LEASE_SECONDS, so that requests of this process find it fresh, too."""

    def __init__(self, sockets: Iterable[Closable]) -> None:
        self._sockets = sockets
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Safe to call more than once. It ends by itself with the last socket."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while list(self._sockets):
            with suppress(Exception):  # PostgreSQL does not answer: the next look finds what was missed
                await BannedNow().ask_in_loop()
            self._close_banned()
            await asyncio.sleep(LEASE_SECONDS)

    def _close_banned(self) -> None:
        if not banned_users.user_ids:
            return
        for socket in list(self._sockets):
            if socket.principal and socket.principal.user_id in banned_users.user_ids:
                socket.close(CloseCode.FORBIDDEN)
