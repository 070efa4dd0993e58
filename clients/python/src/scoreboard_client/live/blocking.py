"""The live board as a blocking iterator."""

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
    def __call__(self, step: Ask) -> str | None:
        """The client's token. Raises ScoreboardError."""
        ...


class LiveBoards:
    """Iterate to get the board at once and then on every change. Use it in a `with` block, or call `close`.

    It reconnects after a lost connection. Another thread can call `close` to end the iteration.
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
        """The next board. Raises ScoreboardError if the server refuses permanently."""
        try:
            while not self._is_closed.is_set():
                # A step that was interrupted is kept and performed again.
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
        """End the subscription and close the socket."""
        self._is_closed.set()
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
