"""The live board as an asynchronous iterator, and actions over its connection."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Any, Protocol, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from scoreboard_client.answers import LiveBoard, ScoreUpdate
from scoreboard_client.errors import ScoreboardError
from scoreboard_client.live.actions import action_of
from scoreboard_client.live.due import due_at, seconds_until
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

    It reconnects after a lost connection. You can cancel the wait for the next board or for an action, for example with
    `asyncio.timeout`, and go on. One task may iterate while others submit actions.
    """

    def __init__(self, settings: ClientSettings, session: LiveSession, give_token: AsyncTokenGiver) -> None:
        self._settings = settings
        self._session = session
        self._flow = session.flow()
        self._give_token = give_token
        self._step: LiveStep | None = None
        self._due_at: float | None = None
        self._board: LiveBoard | None = None
        self._failure: ScoreboardError | None = None
        # Set and replaced after each step.
        self._progress = asyncio.Event()
        self._is_performing = False
        self._stack = AsyncExitStack()
        self._socket: ClientConnection | None = None
        self._is_closed = asyncio.Event()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveBoard:
        """The next board. Raises ScoreboardError if the server refuses permanently."""
        await self._perform_until(lambda: self._board is not None)
        board, self._board = self._board, None
        if board is None:
            raise StopAsyncIteration
        return board

    async def submit_action(
        self,
        action_type: str,
        metadata: Mapping[str, Any] | None = None,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> ScoreUpdate:
        """Report an action of the token's user over this connection, and wait for its result.

        After a lost connection it is sent again under the same request id, so it counts once. Without `request_id` a
        new one is generated. `timeout` is in seconds; without it the `total_seconds` of the client's retry policy
        count. Boards that arrive meanwhile are kept for the iteration, the latest only.

        Raises the ScoreboardError with which the server refused it, or TransportError without an answer in time. Both
        have the request id as `idempotency_key`, to submit the action again.
        """
        action = action_of(action_type, metadata, request_id)
        is_connected = self._session.actions.add(action)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.retry.total_seconds if timeout is None else timeout):
                    if is_connected:
                        await self._send(action.text)
                    await self._perform_until(lambda: action.is_answered)
            return action.result()
        except ScoreboardError as error:
            raise action.named_in(error) from None
        finally:
            self._session.actions.forget(action)

    async def _perform_until(self, is_met: Callable[[], bool]) -> None:
        """Perform steps, or wait while another task does, until the condition is met or the socket was closed."""
        while not is_met() and not self._is_closed.is_set():
            if self._is_performing:
                await self._progress.wait()
                continue
            self._is_performing = True
            try:
                await self._advance()
            finally:
                self._is_performing = False
                self._tell_progress()
        if self._failure and not is_met():
            raise self._failure

    def _tell_progress(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()

    async def _advance(self) -> None:
        """Perform one step, and take the next from the flow. A step that was cancelled is performed again."""
        try:
            outcome = None if self._step is None else await self._perform(self._step)
            self._step = self._flow.send(outcome)
            while isinstance(self._step, Deliver):
                self._board = self._step.board
                self._step = self._flow.send(None)
            self._due_at = due_at(self._step)
        except ScoreboardError as error:
            self._failure = error
            await self.aclose()
            raise

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
            case Receive():
                return await self._receive()
            case Wait():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_closed.wait(), seconds_until(self._due_at))
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

    async def _receive(self) -> str | Closed | None:
        assert self._socket is not None  # noqa: S101 - connected before
        try:
            async with asyncio.timeout(seconds_until(self._due_at)):
                return await self._socket.recv(decode=True)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            return ended(error)

    async def aclose(self) -> None:
        """End the subscription and close the socket."""
        self._is_closed.set()
        self._tell_progress()
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
