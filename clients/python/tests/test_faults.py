"""Both clients against network faults."""

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from conftest import MakeClient
from running_server import Player
from scoreboard_client import Backoff, RetryPolicy, TransportError

QUICK = RetryPolicy(backoff=Backoff(base_seconds=0.001))


class LosesTheFirstAnswer(httpx.HTTPTransport):
    """The request arrives, the answer does not."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the first answer is lost."""
        response = super().handle_request(request)
        self.sent += 1
        if self.sent == 1:
            response.read()
            raise httpx.ReadTimeout("lost")
        return response


class AsyncLosesTheFirstAnswer(httpx.AsyncHTTPTransport):
    """The same for asyncio."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the first answer is lost."""
        response = await super().handle_async_request(request)
        self.sent += 1
        if self.sent == 1:
            await response.aread()
            raise httpx.ReadTimeout("lost")
        return response


def unsteady_gateway(faults: int) -> tuple[Callable[[httpx.Request], httpx.Response], list[httpx.Request]]:
    """Answers 502 `faults` times, then like the API. Also returns the requests that it received."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) <= faults:
            return httpx.Response(502, text="<html>")
        return httpx.Response(200, json={"success": True, "data": {"actionTypes": []}})

    return answer, asked


def test_an_update_whose_answer_was_lost_counts_once(connect: MakeClient, player: Player, client_class: Any) -> None:
    lossy = LosesTheFirstAnswer() if client_class.__name__ == "Scoreboard" else AsyncLosesTheFirstAnswer()
    client = connect(token=player.token, transport=lossy, retry=QUICK)
    update = client.update("DAILY_BONUS")
    assert (lossy.sent, update.replayed, update.new_score) == (2, True, 50)
    assert len(list(client.history(player.user_id))) == 1


def test_the_client_retries_after_two_bad_gateways(connect: MakeClient) -> None:
    answer, asked = unsteady_gateway(faults=2)
    assert connect(transport=httpx.MockTransport(answer), retry=QUICK).action_types() == ()
    assert len(asked) == 3


def test_every_try_carries_the_same_key_and_body(connect: MakeClient) -> None:
    answer, asked = unsteady_gateway(faults=2)
    with pytest.raises(TransportError, match="ScoreUpdate without"):
        connect(token="any", transport=httpx.MockTransport(answer), retry=QUICK).update("DAILY_BONUS", {"a": 1})
    assert len(asked) == 3
    assert len({(each.headers["Idempotency-Key"], each.content) for each in asked}) == 1


def test_an_unreachable_server_is_a_transport_error_with_the_key(client_class: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = client_class(f"http://127.0.0.1:{unused.getsockname()[1]}", token="any", retry=QUICK)
        with pytest.raises(TransportError) as caught:
            client.update("DAILY_BONUS")
        client.close()
    assert caught.value.status is None
    assert caught.value.idempotency_key


@pytest.mark.parametrize("address", ["", "localhost:8000", "ftp://example.com", "http://"])
def test_an_invalid_address_is_refused_at_once(client_class: Any, address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        client_class(address)
