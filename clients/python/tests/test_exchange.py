"""When a request is sent again. The tests drive the flow by hand: they answer its steps and set its clock."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from scoreboard_client import RateLimitExceeded, RetryPolicy, ScoreboardError, TransportError
from scoreboard_client.exchange import Answer, Exchange
from scoreboard_client.retry import Backoff
from scoreboard_client.steps import Call, Send, Wait

CALL = Call("GET", "/somewhere")
SUCCESS = httpx.Response(200, json={"success": True, "data": {"answer": 42}})
BAD_GATEWAY = httpx.Response(502, text="<html>nginx</html>")
POLICY = RetryPolicy(attempts=4, total_seconds=30, backoff=Backoff(base_seconds=1, cap_seconds=4))


def refusal(status: int, code: str = "SYSTEM_ERROR", **headers: str) -> httpx.Response:
    """An error answer of the API."""
    problem = {"code": code, "message": "no", "details": {"a": 1}}
    return httpx.Response(status, json={"success": False, "error": problem}, headers=headers)


@dataclass
class Network:
    """Answers the flow's steps in turn, repeats the last answer, and moves the clock by the waits."""

    outcomes: list[Any]
    now: float = 0
    waits: list[float] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    seconds_a_try: float = 0

    def run(self, policy: RetryPolicy = POLICY) -> Answer:
        """Run the flow to its end and return the answer."""
        flow = Exchange(policy, 10, clock=lambda: self.now).send(CALL)
        outcome = None
        try:
            while True:
                outcome = self._perform(flow.send(outcome))
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    def _perform(self, step: object) -> Any:
        if isinstance(step, Wait):
            self.waits.append(step.seconds)
            self.now += step.seconds
            return None
        assert isinstance(step, Send)
        self.timeouts.append(step.timeout_seconds)
        self.now += self.seconds_a_try
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


@pytest.mark.parametrize(
    "fault",
    [
        BAD_GATEWAY,
        refusal(503, "DATABASE_UNAVAILABLE"),
        refusal(504),
        refusal(429, "RATE_LIMIT_EXCEEDED"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("gone"),
    ],
)
def test_it_tries_again_after(fault: object) -> None:
    network = Network([fault, fault, SUCCESS])
    assert network.run().data == {"answer": 42}
    assert len(network.waits) == 2


@pytest.mark.parametrize(
    "fault",
    [
        *(refusal(status) for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 500)),
        httpx.LocalProtocolError("an illegal header"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(200, text="a page of HTML"),
    ],
)
def test_it_never_tries_again_after(fault: object) -> None:
    network = Network([fault, SUCCESS])
    with pytest.raises(ScoreboardError):
        network.run()
    assert network.waits == []


def test_attempts_are_limited() -> None:
    network = Network([BAD_GATEWAY])
    with pytest.raises(TransportError) as caught:
        network.run()
    assert caught.value.status == 502
    assert len(network.timeouts) == 4


def test_it_waits_as_long_as_the_server_asks() -> None:
    network = Network([refusal(429, **{"Retry-After": "7"}), SUCCESS])
    network.run()
    assert 7 <= network.waits[0] <= 8


def test_it_does_not_start_a_wait_that_would_end_too_late() -> None:
    network = Network([refusal(429, "RATE_LIMIT_EXCEEDED", **{"Retry-After": "31"})])
    with pytest.raises(RateLimitExceeded) as caught:
        network.run()
    assert caught.value.retry_after == 31
    assert network.waits == []


def test_the_total_time_is_limited_and_the_last_try_gets_what_is_left() -> None:
    network = Network([httpx.ReadTimeout("slow")], seconds_a_try=9)
    with pytest.raises(TransportError):
        network.run(RetryPolicy(attempts=100, total_seconds=20, backoff=Backoff(base_seconds=0.1, cap_seconds=0.1)))
    assert network.timeouts[:2] == [10, 10]
    assert 1 < network.timeouts[2] < 2.1
    assert len(network.timeouts) == 3


def test_an_error_has_everything_that_the_server_sent() -> None:
    answer = refusal(429, "RATE_LIMIT_EXCEEDED", **{"Retry-After": "60", "X-Request-ID": "req-1"})
    with pytest.raises(RateLimitExceeded) as caught:
        Network([answer]).run()
    error = caught.value
    assert (error.code, error.message, error.details) == ("RATE_LIMIT_EXCEEDED", "no", {"a": 1})
    assert (error.status, error.request_id, error.retry_after) == (429, "req-1", 60)


def test_an_unknown_code_raises_the_base_error() -> None:
    with pytest.raises(ScoreboardError) as caught:
        Network([refusal(418, "TEAPOT")]).run()
    assert type(caught.value) is ScoreboardError
    assert caught.value.code == "TEAPOT"
