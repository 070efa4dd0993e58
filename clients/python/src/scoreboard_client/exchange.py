"""Sends one request until it succeeds, is refused or takes too long, and reads the answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from scoreboard_client.decoding import UnexpectedShape, decode
from scoreboard_client.errors import ScoreboardError, TransportError, error_of
from scoreboard_client.retry import RetryPolicy, read_retry_after
from scoreboard_client.steps import Call, Flow, Send, Wait

T = TypeVar("T")

# Faults of the request itself: a retry would fail the same way.
LASTING_FAULTS = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.DecodingError, httpx.TooManyRedirects)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: its `data`, and the response's headers."""

    data: Any
    headers: Mapping[str, str]
    status: int

    def decoded(self, kind: type[T]) -> T:
        """The data as `kind`. Raises TransportError if it has another shape."""
        try:
            return decode(kind, self.data)
        except UnexpectedShape as error:
            raise self.unexpected(str(error)) from None

    def unexpected(self, reason: str) -> TransportError:
        """The error for a successful answer that the API does not document."""
        return TransportError(
            f"Unexpected answer: {reason}", status=self.status, request_id=self.headers.get("X-Request-ID")
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """Sends requests under a retry policy. `timeout_seconds` limits each wait for the network within a try."""

    policy: RetryPolicy
    timeout_seconds: float
    clock: Callable[[], float] = time.monotonic

    def send(self, call: Call) -> Flow[Answer]:
        """Raises ScoreboardError. The request must be safe to repeat; all requests of this client are."""
        give_up_at = self.clock() + self.policy.total_seconds
        failures = 0
        while True:
            outcome = yield Send(call, min(self.timeout_seconds, give_up_at - self.clock()))
            answer = read_answer(outcome)
            if isinstance(answer, Answer):
                return answer
            failures += 1
            if not answer.is_temporary or failures >= self.policy.attempts:
                raise answer
            wait = self.policy.wait_before_retry(failures, answer.retry_after)
            if self.clock() + wait >= give_up_at:
                raise answer
            yield Wait(wait)


def read_answer(outcome: httpx.Response | httpx.RequestError) -> Answer | ScoreboardError:
    """Read the outcome of a request as a success or an error."""
    if isinstance(outcome, httpx.RequestError):
        reason = str(outcome) or type(outcome).__name__
        return TransportError(reason, is_fault_of_network=not isinstance(outcome, LASTING_FAULTS))
    match _body_of(outcome):
        case {"success": True, "data": data} if outcome.is_success:
            return Answer(data, outcome.headers, outcome.status_code)
        case {"success": False, "error": dict(problem)}:
            return error_of(problem, **_circumstances(outcome))
    return TransportError(f"HTTP {outcome.status_code}, but not an answer of the API", **_circumstances(outcome))


def _body_of(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None


def _circumstances(response: httpx.Response) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "request_id": response.headers.get("X-Request-ID"),
        "retry_after": read_retry_after(response.headers.get("Retry-After")),
    }
