"""The steps that a flow can ask its client to perform.

A flow is a generator that makes decisions but does no I/O, so both clients share it. It yields a step and receives the
step's outcome. Two short loops, one with `await` and one without, perform the steps.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias, TypeVar

from scoreboard_client.answers import LiveBoard

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request; `path` is below the base address."""

    method: str
    path: str
    params: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """A copy with more headers."""
        return replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request. Outcome: httpx.Response or httpx.RequestError."""

    call: Call
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait. Outcome: None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Supply:
    """Call the user's function for tokens. Outcome: the token."""

    function: Callable[[], str | Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Ask:
    """Get a valid token other than `rejected`, for one caller at a time. Outcome: the token, None without credentials.

    In a live flow the outcome can be a ScoreboardError.
    """

    rejected: str | None = None


Step: TypeAlias = Send | Wait | Supply | Ask
Flow: TypeAlias = Generator[Step, Any, T]


@dataclass(frozen=True, slots=True)
class Connect:
    """Open the websocket. Outcome: None, or Closed."""

    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a frame. If the socket is closed, the next Receive says so. Outcome: None."""

    text: str


@dataclass(frozen=True, slots=True)
class Receive:
    """Wait for a frame; without a timeout if None. Outcome: the frame's text, None after the timeout, or Closed."""

    timeout_seconds: float | None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a board to the user. Outcome: None."""

    board: LiveBoard


@dataclass(frozen=True, slots=True)
class Closed:
    """The outcome if the socket closed or did not open: a close code, an HTTP status, or neither."""

    code: int | None = None
    status: int | None = None
    reason: str = ""
    retry_after: float | None = None


LiveStep: TypeAlias = Ask | Wait | Connect | SendText | Receive | Deliver
LiveFlow: TypeAlias = Generator[LiveStep, Any, T]
