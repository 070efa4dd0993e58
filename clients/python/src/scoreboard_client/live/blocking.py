"""The live board as a blocking iterator, and actions over its connection."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from scoreboard_client.answers import LiveBoard, ScoreUpdate
from scoreboard_client.errors import ScoreboardError
from scoreboard_client.live.actions import action_of
from scoreboard_client.live.due import UNFINISHED, due_at, is_due, seconds_until
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

    It reconnects after a lost connection. Threads can share it: one may iterate, others submit actions or call `close`,
    which ends the iteration.
    """

    def __init__(self, settings: ClientSettings, session: LiveSession, give_token: TokenGiver) -> None:
        self._settings = settings
        self._session = session
        self._flow = session.flow()
        self._give_token = give_token
        self._step: LiveStep | None = None
        self._due_at: float | None = None
        self._board: LiveBoard | None = None
        self._failure: ScoreboardError | None = None
        self._turn = threading.Condition()
        self._is_performing = False
        self._stack = ExitStack()
        self._socket: ClientConnection | None = None
        self._is_closed = threading.Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> LiveBoard:
        """The next board. Raises ScoreboardError if the server refuses permanently."""
        self._perform_until(lambda: self._board is not None)
        board, self._board = self._board, None
        if board is None:
            raise StopIteration
        return board

    def submit_action(
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
        give_up_at = time.monotonic() + (self._settings.retry.total_seconds if timeout is None else timeout)
        is_connected = self._session.actions.add(action)
        try:
            if is_connected:
                self._send(action.text)
            self._perform_until(lambda: action.is_answered, give_up_at)
            return action.result()
        except ScoreboardError as error:
            raise action.named_in(error) from None
        finally:
            self._session.actions.forget(action)

    def _perform_until(self, is_met: Callable[[], bool], give_up_at: float | None = None) -> None:
        """Perform steps, or wait while another thread does: until the condition is met, `close` or `give_up_at`."""
        while not is_met() and not self._is_closed.is_set():
            with self._turn:
                left = None if give_up_at is None else give_up_at - time.monotonic()
                if left is not None and left <= 0:
                    return
                if self._is_performing:
                    self._turn.wait(left)
                    continue
                self._is_performing = True
            try:
                self._advance(give_up_at)
            finally:
                with self._turn:
                    self._is_performing = False
                    self._turn.notify_all()
        if self._failure and not is_met():
            raise self._failure

    def _advance(self, give_up_at: float | None) -> None:
        """Perform one step, and take the next from the flow. A step that was interrupted is performed again."""
        try:
            outcome = None if self._step is None else self._perform(self._step, give_up_at)
            if outcome is UNFINISHED:
                return
            self._step = self._flow.send(outcome)
            while isinstance(self._step, Deliver):
                self._board = self._step.board
                self._step = self._flow.send(None)
            self._due_at = due_at(self._step)
        except ScoreboardError as error:
            self._failure = error
            self.close()
            raise

    def _perform(self, step: LiveStep, give_up_at: float | None) -> object:
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
            case Receive():
                return self._receive(give_up_at)
            case Wait():
                self._is_closed.wait(seconds_until(self._due_at, give_up_at))
                return None if is_due(self._due_at) else UNFINISHED
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

    def _receive(self, give_up_at: float | None) -> object:
        assert self._socket is not None  # noqa: S101 - connected before
        try:
            return self._socket.recv(seconds_until(self._due_at, give_up_at), decode=True)
        except TimeoutError:
            return None if is_due(self._due_at) else UNFINISHED
        except ConnectionClosed as error:
            return ended(error)

    def close(self) -> None:
        """End the subscription and close the socket."""
        self._is_closed.set()
        self._stack.close()
        with self._turn:
            self._turn.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
