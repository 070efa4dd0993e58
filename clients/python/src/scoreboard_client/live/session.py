"""A live subscription as a flow: connect, subscribe, deliver boards and answers, renew the token, reconnect."""

import json
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from scoreboard_client.answers import LiveBoard
from scoreboard_client.decoding import UnexpectedShape, decode
from scoreboard_client.errors import (
    InvalidToken,
    NotFound,
    PermissionDenied,
    ScoreboardError,
    TransportError,
    error_of,
)
from scoreboard_client.live.actions import UnansweredActions
from scoreboard_client.retry import LivePolicy
from scoreboard_client.steps import Ask, Closed, Connect, Deliver, LiveFlow, Receive, SendText, Wait
from scoreboard_client.tokens import TokenSource, bearer

BAD_TOKEN, FORBIDDEN, TOO_MANY = 4401, 4403, 4429
CODE_OF_STATUS = {401: BAD_TOKEN, 403: FORBIDDEN, 429: TOO_MANY}
# The server accepts no longer one anywhere.
LONGEST_TOKEN = 8 * 1024


class LiveSession:
    """One subscription, over all its connections."""

    def __init__(self, *, limit: int, tokens: TokenSource, policy: LivePolicy) -> None:
        self._limit = limit
        self._tokens = tokens
        self._policy = policy
        self.actions = UnansweredActions()
        self._token: str | None = None
        self._rejected: str | None = None
        self._failures = 0
        self._come_back_after: float | None = None

    def flow(self) -> LiveFlow[NoReturn]:
        """Delivers boards without end. Raises ScoreboardError if the server refuses permanently."""
        while True:
            closed = yield from self._connection()
            yield from self._before_the_next(closed)

    def _connection(self) -> LiveFlow[Closed]:
        """One connection: get a token, open the socket, and deliver boards until it closes."""
        self._come_back_after = None
        outcome: str | ScoreboardError | None = yield Ask(self._rejected)
        if isinstance(outcome, ScoreboardError):
            if not outcome.is_temporary:
                raise outcome
            return Closed(reason=outcome.message, retry_after=outcome.retry_after)
        self._token = outcome
        refused: Closed | None = yield Connect(bearer(self._token))
        if refused is not None:
            return refused
        yield SendText(_frame("subscribe_leaderboard", limit=self._limit))
        for text in self.actions.connected():
            yield SendText(text)
        closed = yield from self._frames()
        self.actions.disconnected()
        return closed

    def _frames(self) -> LiveFlow[Closed]:
        renews = True
        while True:
            frame: str | Closed | None = yield Receive(self._seconds_to_renewal() if renews else None)
            if isinstance(frame, Closed):
                return frame
            if frame is None:
                renews = yield from self._renew()
            else:
                yield from self._obey(frame)

    def _seconds_to_renewal(self) -> float | None:
        renew_at = self._tokens.renew_at
        return None if renew_at is None else max(0.0, renew_at - time.monotonic())

    def _renew(self) -> LiveFlow[bool]:
        """Send a new token in a frame. False if there is none; the socket then closes when its token expires."""
        token: str | ScoreboardError | None = yield Ask()
        if not isinstance(token, str) or token == self._token or len(token) > LONGEST_TOKEN:
            return False
        self._token = token
        yield SendText(_frame("authenticate", token=token))
        return True

    def _obey(self, frame: str) -> LiveFlow[None]:
        match _parsed(frame):
            case {"type": "scoreboard_update", "data": data}:
                board = _board(data)
                self._failures, self._rejected = 0, None
                yield Deliver(board)
            case {"type": "reconnect", "data": {"afterMs": int(milliseconds)}}:
                self._come_back_after = max(0, milliseconds) / 1000
            case {"type": "action_result", "data": dict(data), **more}:
                self.actions.succeed(data, replayed=more.get("replayed") is True)
            case {"type": "error", "requestId": request_id, "error": dict(problem)}:
                self.actions.fail(request_id, problem)
            # Not for a bad token: the server closes that socket later, and the flow then tries once with a fresh token.
            case {"type": "error", "error": dict(problem)} if problem.get("code") != InvalidToken.code:
                raise error_of(problem)

    def _before_the_next(self, closed: Closed) -> LiveFlow[None]:
        """Wait as long as that close requires. Raises ScoreboardError if reconnecting is useless."""
        code = closed.code or CODE_OF_STATUS.get(closed.status or 0)
        if code == FORBIDDEN:
            raise PermissionDenied(closed.reason, status=closed.status)
        if code == BAD_TOKEN:
            self._reject_token(closed)
            return
        if closed.status is not None and closed.status < 500 and code != TOO_MANY:
            kind = NotFound if closed.status == 404 else TransportError
            raise kind(f"HTTP {closed.status} instead of a websocket", status=closed.status)
        self._failures += 1
        if self._policy.attempts is not None and self._failures >= self._policy.attempts:
            raise TransportError(f"No live board after {self._failures} attempts: {closed.reason or closed.code}")
        yield Wait(self._wait_after(code, closed.retry_after))

    def _wait_after(self, code: int | None, retry_after: float | None) -> float:
        if self._come_back_after is not None:
            return self._come_back_after
        wait = self._policy.wait_after_too_many() if code == TOO_MANY else self._policy.backoff.seconds(self._failures)
        return wait + (retry_after or 0.0)

    def _reject_token(self, closed: Closed) -> None:
        """Let the next connection ask for a fresh token. Raises InvalidToken if a fresh token was refused too."""
        if self._rejected is not None or self._token is None or not self._tokens.can_renew:
            raise InvalidToken(closed.reason, status=closed.status)
        self._rejected = self._token


def _frame(kind: str, **data: object) -> str:
    return json.dumps({"type": kind, "data": data})


def _parsed(frame: str) -> Mapping[str, Any]:
    try:
        value = json.loads(frame)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise TransportError("Unexpected frame: not a JSON object", is_fault_of_network=False)
    return value


def _board(data: object) -> LiveBoard:
    try:
        return decode(LiveBoard, data)
    except UnexpectedShape as error:
        raise TransportError(f"Unexpected frame: {error}", is_fault_of_network=False) from None
