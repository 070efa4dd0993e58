"""Watches for newly banned users and revoked tokens, and closes their sockets."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from contextvars import Context
from typing import Protocol

from live.sockets.messages import CloseCode
from scoreboard_project.api.errors import ApiError
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.token_state import LEASE_SECONDS, TokenStateNow, known


class Closable(Protocol):
    """A connected consumer."""

    principal: Principal | None

    def close(self, code: CloseCode) -> None: ...


class TokenWatch:
    """Keeps what the process knows of tokens fresh, so that neither requests nor handshakes wait for it."""

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
                await TokenStateNow().ask_in_loop()
            self._close_refused()
            await asyncio.sleep(LEASE_SECONDS / 2)

    def _close_refused(self) -> None:
        state = known.state
        if not state.refuses_any:
            return
        for socket in list(self._sockets):
            if socket.principal and (refusal := state.refusal_of(socket.principal)):
                socket.close(close_code_of(refusal))


def close_code_of(problem: ApiError) -> CloseCode:
    """The close code for a socket whose token is refused with this error."""
    codes = {401: CloseCode.BAD_TOKEN, 403: CloseCode.FORBIDDEN}
    return codes.get(problem.status, CloseCode.TRY_AGAIN_LATER)
