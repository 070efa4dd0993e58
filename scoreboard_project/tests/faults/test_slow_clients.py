"""Clients that send a header or a body a byte at a time, through the shipped nginx: others do not notice."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from scoreboard_project.testing.cast import ANA, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.nginx import Gateway
from scoreboard_project.testing.threads import in_threads
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Play

SLOW_CLIENTS = 200
# client_header_timeout and client_body_timeout of deploy/nginx/limits.conf, and some more.
ENDED_WITHIN_SECONDS = 15.0
HEAD = b"PUT /api/v1/scores/update HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: 1000\r\n\r\n{"

pytestmark = pytest.mark.thorough


@pytest.fixture
def gateway(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    port = play.server.port
    plain = {"nginx.conf": {"include only-https.conf;": ""}}
    found = Gateway(tmp_path_factory.mktemp("gateway"), api=[port], live=[port], changes=plain)
    with found.running():
        yield found


@pytest.mark.parametrize("beginning", [HEAD, HEAD + LENGTH], ids=["headers", "bodies"])
def test_they_are_disconnected_and_nobody_else_waits(play: Play, gateway: Gateway, beginning: bytes) -> None:
    port = int(gateway.address.rpartition(":")[2])
    with ExitStack() as opened, Game(gateway.address) as game:
        slow = [opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(SLOW_CLIENTS)]
        for each in slow:
            each.sendall(beginning)
        began = time.monotonic()
        answers = in_threads(game.update, crowd(20))
        assert {answer.status for answer in answers} == {200}
        assert time.monotonic() - began < 3
        for each in slow:
            each.settimeout(ENDED_WITHIN_SECONDS)
        wait_for(lambda: all(map(_has_ended, slow)), seconds=ENDED_WITHIN_SECONDS)
        assert game.update(ANA).status == 200
    play.invariants.check()


def _has_ended(client: socket.socket) -> bool:
    try:
        return client.recv(4096) == b"" or _has_ended(client)
    except ConnectionResetError:
        return True
