"""What the HTTP protocol answers itself, and what it leaves to ASGI."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from scoreboard_project.serving.game_calls import GameCalls
from scoreboard_project.serving.http_protocol import GAME_CALLS, HttpProtocol
from scoreboard_project.serving.tests.corpus.cases import LEVEL
from scoreboard_project.serving.tests.corpus.streams import END, chunked, chunks, put, req
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.loops import own_loop

BOARD = req("GET /api/v1/scoreboard?limit=1 HTTP/1.1")


class Served:
    """A server with this protocol. Its application answers 299, and remembers for what."""

    def __init__(self, loop: asyncio.Runner) -> None:
        self._loop = loop
        self.left_to_asgi: list[str] = []
        self._token = ANA.bearer()["Authorization"].removeprefix("Bearer ").encode()

    def answers(self, *messages: bytes, each: int = 1) -> list[int]:
        """The statuses of the answers, `each` to every message, to a client that waits for them."""

        async def talk(client: Client) -> list[int]:
            return [status for message in messages for status in await client.ask(message, each)]

        return self._loop.run(self._connected(talk))

    def answers_in_parts(self, first: bytes, second: bytes) -> list[int]:
        """The same for one request of which the server has the first part before the second."""

        async def talk(client: Client) -> list[int]:
            await client.ask(first, 0)
            while client.protocol.cycle is None:
                await asyncio.sleep(0.001)
            return await client.ask(second, 1)

        return self._loop.run(self._connected(talk))

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        self.left_to_asgi.append(f"{scope['method']} {scope['path']}")
        await send({"type": "http.response.start", "status": 299, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async def _connected(self, talk: Callable[["Client"], Awaitable[list[int]]]) -> list[int]:
        config = Config(self._application, interface="asgi3", lifespan="off", proxy_headers=False, log_config=None)
        protocol = HttpProtocol(config, ServerState(), {GAME_CALLS: GameCalls()})
        server = await asyncio.get_running_loop().create_server(lambda: protocol, "127.0.0.1")
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            found = await talk(Client(protocol, reader, writer, self._token))
            writer.close()
        return found


@dataclass
class Client:
    protocol: HttpProtocol
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    token: bytes

    async def ask(self, message: bytes, answers: int) -> list[int]:
        """The statuses of so many answers."""
        self.writer.write(message.replace(b"<ana>", self.token))
        found = []
        for _ in range(answers):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            await self.reader.readexactly(int(head.lower().partition("content-length: ")[2].split()[0]))
            found.append(int(head.split()[1]))
        return found


@pytest.fixture
def served(scoreboard: None) -> Iterator[Served]:
    with own_loop() as loop:
        yield Served(loop)


def test_it_answers_calls_that_come_whole(served: Served) -> None:
    assert served.answers(BOARD, put(), chunked(chunks(LEVEL.decode())), END) == [200, 200, 200, 200]
    assert served.left_to_asgi == []


def test_a_failure_is_an_answer_too(served: Served) -> None:
    no_token = req("PUT /api/v1/scores/update HTTP/1.1", "Content-Length: 0")
    nobody = req("GET /api/v1/users/nobody/scores HTTP/1.1")
    assert served.answers(no_token, nobody, END) == [401, 404, 200]
    assert served.left_to_asgi == []


def test_asgi_gets_a_request_that_comes_in_parts(served: Served) -> None:
    assert served.answers_in_parts(put()[:-5], put()[-5:]) == [299]


def test_asgi_gets_a_request_that_comes_before_the_last_answer(served: Served) -> None:
    assert served.answers(BOARD + put(), each=2) == [200, 299]
    assert served.left_to_asgi == ["PUT /api/v1/scores/update"]


@pytest.mark.parametrize(
    "message",
    [
        req("HEAD /api/v1/scoreboard HTTP/1.1"),
        req("GET /api/v1/scoreboar%64 HTTP/1.1"),
        req("GET http://127.0.0.1/api/v1/scoreboard HTTP/1.1"),
        req("GET /healthz HTTP/1.1"),
        req("GET /api/v1/scoreboard HTTP/1.1", "X-Request-ID: not an id"),
        req("GET /api/v1/scoreboard HTTP/1.1", host="Host: elsewhere.example"),
    ],
)
def test_asgi_gets_what_is_unusual(served: Served, message: bytes) -> None:
    assert served.answers(message, END) == [299, 200]
