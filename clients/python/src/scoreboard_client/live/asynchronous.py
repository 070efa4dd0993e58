"""The live board as an asynchronous iterator."""

import asyncio
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Protocol, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from scoreboard_client.answers import LiveBoard
from scoreboard_client.errors import ScoreboardError
from scoreboard_client.live.session import LiveSession
from scoreboard_client.live.socket import CONNECT_FAULTS, connect_options, ended, refused
from scoreboard_client.settings import ClientSettings
from scoreboard_client.steps import Ask, Closed, Connect, Deliver, LiveStep, Receive, SendText, Wait


class AsyncTokenGiver(Protocol):
    async def __call__(self, step: Ask) -> str | None:
        """The client's token. Raises ScoreboardError."""
        ...


class AsyncLiveBoards:
    """Iterate to get the board at once and then on every change. Use it in an `async with` block, or await `aclose`.

    It reconnects after a lost connection. You can cancel the wait for the next board, for example with
    `asyncio.timeout`, and wait again.
    """

    def __init__(self, settings: ClientSettings, session: LiveSession, give_token: AsyncTokenGiver) -> None:
        self._settings = settings
        self._flow = session.flow()
        self._give_token = give_token
        self._step: LiveStep | None = None
        self._outcome: object = None
        self._stack = AsyncExitStack()
        self._socket: ClientConnection | None = None
        self._is_closed = asyncio.Event()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveBoard:
        """The next board. Raises ScoreboardError if the server refuses permanently."""
        try:
            while not self._is_closed.is_set():
                # A step that was cancelled is kept and performed again.
                step = self._step = self._step or self._flow.send(self._outcome)
                self._outcome = None if isinstance(step, Deliver) else await self._perform(step)
                self._step = None
                if isinstance(step, Deliver):
                    return step.board
        except ScoreboardError:
            await self.aclose()
            raise
        raise StopAsyncIteration

    async def _perform(self, step: LiveStep) -> object:
        match step:
            case Ask():
                try:
                    return await self._give_token(step)
                except ScoreboardError as error:
                    return error
            case Connect():
                return await self._connect(step)
            case SendText(text):
                await self._send(text)
            case Receive(timeout_seconds):
                return await self._receive(timeout_seconds)
            case Wait(seconds):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_closed.wait(), seconds)
        return None

    async def _connect(self, step: Connect) -> Closed | None:
        await self._stack.aclose()
        try:
            self._socket = await self._stack.enter_async_context(connect(**connect_options(self._settings, step)))
        except CONNECT_FAULTS as error:
            return refused(error)
        return None

    async def _send(self, text: str) -> None:
        assert self._socket is not None  # noqa: S101 - connected before
        with suppress(ConnectionClosed):  # the next Receive says why
            await self._socket.send(text)

    async def _receive(self, timeout_seconds: float | None) -> str | Closed | None:
        assert self._socket is not None  # noqa: S101 - connected before
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._socket.recv(decode=True)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            return ended(error)

    async def aclose(self) -> None:
        """End the subscription and close the socket."""
        self._is_closed.set()
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
