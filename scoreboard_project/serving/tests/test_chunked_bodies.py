"""Request bodies in chunks, without a Content-Length, reach the application, through a server or the bridge alone."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from scoreboard_project.serving.bridge import Bridge
from scoreboard_project.wsgi import application

PATH = "/api/v1/auth/token"
JSON = {"Content-Type": "application/json"}
BODY = b'{"username": 5, "password": "x"}'


def chunks(body: bytes) -> Iterator[bytes]:
    """The body in two pieces, because httpx sends an iterator in chunks."""
    yield body[:9]
    yield body[9:]


async def async_chunks(body: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks(body):
        yield chunk


@pytest.fixture
def unlimited(settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE = 0


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def test_a_server_hands_the_whole_body_on(server: str) -> None:
    answer = httpx.post(f"{server}{PATH}", content=chunks(BODY), headers=JSON)

    assert error_of(answer) == (400, "INVALID_REQUEST", "username must be text")


def test_a_server_cuts_an_endless_body_off(server: str) -> None:
    answer = httpx.post(f"{server}{PATH}", content=chunks(b"x" * 200_000), headers=JSON)

    assert error_of(answer)[:2] == (413, "PAYLOAD_TOO_LARGE")


async def ask_the_bridge(body: bytes) -> httpx.Response:
    transport = httpx.ASGITransport(app=Bridge(application, threads=1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.post(PATH, content=async_chunks(body), headers=JSON)


async def test_the_thread_bridge_hands_the_whole_body_on(unlimited: None) -> None:
    answer = await ask_the_bridge(BODY)

    assert error_of(answer) == (400, "INVALID_REQUEST", "username must be text")


async def test_the_thread_bridge_cuts_an_endless_body_off(unlimited: None) -> None:
    answer = await ask_the_bridge(b"x" * 200_000)

    assert error_of(answer)[:2] == (413, "PAYLOAD_TOO_LARGE")
