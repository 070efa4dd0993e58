"""The live board as an iterator that blocks."""

import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Protocol, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from scoreboard_client.answers import LiveBoard
from scoreboard_client.errors import ScoreboardError
from scoreboard_client.live.session import LiveSession
from scoreboard_client.live.socket import CONNECT_FAULTS, connect_options, ended, refused
from scoreboard_client.settings import ClientSettings
from scoreboard_client.steps import Ask, Closed, Connect, Deliver, LiveStep, Receive, SendText, Wait


class TokenGiver(Protocol):
    """The client's tokens."""

    def __call__(self, step: Ask) -> str | None:
        """Raises ScoreboardError."""
        ...


class LiveBoards:
    """Iterate to get the board at once and then on every change; use it in a `with` block, or call `close`.

    A lost connection comes back by itself. `close` may be called from another thread; the iteration then ends.
    """

    def __init__(self, settings: ClientSettings, session: LiveSession, give_token: TokenGiver) -> None:
        self._settings = settings
        self._flow = session.flow()
        self._give_token = give_token
        self._step: LiveStep | None = None
        self._outcome: object = None
        self._stack = ExitStack()
        self._socket: ClientConnection | None = None
        self._is_closed = threading.Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> LiveBoard:
        """The next board. Raises ScoreboardError when the server refuses for good."""
        try:
            while not self._is_closed.is_set():
                # An interrupted step is still there: it is performed again.
                step = self._step = self._step or self._flow.send(self._outcome)
                self._outcome = None if isinstance(step, Deliver) else self._perform(step)
                self._step = None
                if isinstance(step, Deliver):
                    return step.board
        except ScoreboardError:
            self.close()
            raise
        raise StopIteration

    def _perform(self, step: LiveStep) -> object:
        match step:
            case Ask():
                try:
                    return self._give_token(step)
                except ScoreboardError as error:
                    return error
            case Connect():
                return self._connect(step)
            case SendText(text):
                self._send(text)
            case Receive(timeout_seconds):
                return self._receive(timeout_seconds)
            case Wait(seconds):
                self._is_closed.wait(seconds)
        return None

    def _connect(self, step: Connect) -> Closed | None:
        self._stack.close()
        try:
            self._socket = self._stack.enter_context(connect(**connect_options(self._settings, step)))
        except CONNECT_FAULTS as error:
            return refused(error)
        return None

    def _send(self, text: str) -> None:
        assert self._socket is not None  # noqa: S101 - connected before
        try:
            self._socket.send(text)
        except ConnectionClosed:
            return  # the next Receive says why

    def _receive(self, timeout_seconds: float | None) -> str | Closed | None:
        assert self._socket is not None  # noqa: S101 - connected before
        try:
            return self._socket.recv(timeout_seconds, decode=True)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            return ended(error)

    def close(self) -> None:
        """End the subscription."""
        self._is_closed.set()
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
