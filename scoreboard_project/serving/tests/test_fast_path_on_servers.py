"""The fast path and Django agree on whatever bytes a client sends."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from pytest_django.plugin import DjangoDbBlocker

from scoreboard_project.serving.tests.both import fill
from scoreboard_project.serving.tests.corpus import streams
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import running_one_port
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.testing.witness import alike, left_by_ana

pytestmark = [pytest.mark.server, pytest.mark.long]

DJANGO = "scoreboard_project.testing.servers.without_fast_path:application"
QUIET = {"RECONCILE_SECONDS": "0", "LOG_LEVEL": "warning", "SCORE_UPDATES_PER_MINUTE": "0"}
RESPONSE = re.compile(r"(?=HTTP/1\.[01] [0-9]{3} )")
OWN_HEADERS = re.compile(r"^(date|server): ", re.IGNORECASE)

# Status line, headers and body.
Parsed = list[tuple[str, list[str], str]]


class Servers:
    """Two: the application as it is, and without its fast path."""

    def __init__(self, addresses: list[str], log: Callable[[], str]) -> None:
        self.addresses = addresses
        self.log = log
        self._token = ANA.bearer()["Authorization"].removeprefix("Bearer ").encode()
        self._filled = left_by_ana()

    def outcomes(self, stream: bytes, *, is_cut: bool = False) -> list[tuple[Parsed, list[object]]]:
        """What the fast path and Django answer, and what is stored then."""
        found = []
        for address in self.addresses:
            answer = parsed(talk(address, stream.replace(b"<ana>", self._token), is_cut=is_cut))
            left = left_by_ana()
            if left != self._filled:
                fill()
            found.append((answer, left))
        return found


@pytest.fixture(scope="module")
def running(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[list[str], Callable[[], str]]]:
    """Two addresses, and what the servers have logged."""
    directory = tmp_path_factory.mktemp("servers")
    applications = {"fast": {}, "django": {"application": DJANGO}}
    logs = [directory / name for name in applications]
    with ExitStack() as servers, django_db_blocker.unblock():
        addresses = [
            servers.enter_context(running_one_port(log, **which, **QUIET)).address
            for log, which in zip(logs, applications.values(), strict=True)
        ]
        yield addresses, lambda: "".join(map(Path.read_text, logs))


@pytest.fixture
def pair(scoreboard: None, running: tuple[list[str], Callable[[], str]]) -> Servers:
    """The servers, with eleven users."""
    fill()
    return Servers(*running)


def talk(address: str, stream: bytes, *, is_cut: bool) -> bytes:
    """Everything that comes back until the server closes the connection."""
    found = urlsplit(address)
    with socket.create_connection((found.hostname, found.port), timeout=10) as client:
        Thread(target=_send, args=(client, stream, is_cut), daemon=True).start()
        answer = b""
        with suppress(ConnectionResetError):
            while part := client.recv(65536):
                answer += part
    return answer


def _send(client: socket.socket, stream: bytes, is_cut: bool) -> None:
    with suppress(OSError):
        client.sendall(stream)
        if is_cut:
            client.shutdown(socket.SHUT_WR)


def parsed(answer: bytes) -> Parsed:
    """The responses, without what is another each time."""
    responses = []
    for response in RESPONSE.split(answer.decode("latin-1")):
        head, _, body = response.partition("\r\n\r\n")
        status, *headers = head.split("\r\n")
        kept = sorted(alike(header).lower() for header in headers if not OWN_HEADERS.match(header))
        responses.append((status, kept, alike(body)))
    return responses


def test_both_answer_every_stream_alike(pair: Servers) -> None:
    differing = {}
    for name, stream in (streams.WHOLE | streams.CUT).items():
        fast, django = pair.outcomes(stream, is_cut=name in streams.CUT)
        if fast != django or "HTTP/1.1 5" in repr(fast):
            differing[name] = f"\n  {fast}\n  {django}"
    assert not differing, "\n".join(f"{name}: {wrong[:3000]}" for name, wrong in differing.items())
    assert "Traceback" not in pair.log()
    assert "uvicorn.access" not in pair.log()


def test_a_client_that_leaves_in_the_middle_of_its_body_stores_nothing_and_harms_nobody(pair: Servers) -> None:
    token = ANA.bearer()["Authorization"].removeprefix("Bearer ").encode()
    for address in pair.addresses:
        found = urlsplit(address)
        for _ in range(20):
            with socket.create_connection((found.hostname, found.port)) as client:
                client.sendall(streams.put(length=100).replace(b"<ana>", token))
        with Game(address) as game:
            wait_for(lambda: game.get("scoreboard").status == 200)
            assert game.update(ANA).data["newScore"] == 150
        fill()
    assert "Traceback" not in pair.log()
