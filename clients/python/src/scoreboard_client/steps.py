"""What a flow may ask of the client that runs it.

Everything that decides is a flow: a generator without input and output, the same for both clients. It yields a step and
is sent the step's outcome. Only two short loops, one with and one without `await`, perform the steps.
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
        """The same request with more headers."""
        return replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request. Outcome: httpx.Response, or the httpx.RequestError that came instead."""

    call: Call
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait. Outcome: None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Supply:
    """Call the function that the user gave for tokens. Outcome: the token."""

    function: Callable[[], str | Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A token that holds, and is not `rejected`; one caller at a time. Outcome: the token, None for none.

    In a live flow the outcome may be the ScoreboardError that came instead.
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
    """Send a frame; that the socket is closed shows at the next Receive. Outcome: None."""

    text: str


@dataclass(frozen=True, slots=True)
class Receive:
    """Wait for a frame, for so many seconds or for ever. Outcome: the frame's text, None when none came, or Closed."""

    timeout_seconds: float | None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a board to the user. Outcome: None."""

    board: LiveBoard


@dataclass(frozen=True, slots=True)
class Closed:
    """The outcome when the socket is closed or never opened: a close code, an HTTP status, or neither."""

    code: int | None = None
    status: int | None = None
    reason: str = ""
    retry_after: float | None = None


LiveStep: TypeAlias = Ask | Wait | Connect | SendText | Receive | Deliver
LiveFlow: TypeAlias = Generator[LiveStep, Any, T]
