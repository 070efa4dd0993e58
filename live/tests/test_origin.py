"""Pages of other hosts cannot watch. Games and phones, which send no Origin, can."""

from collections.abc import Callable

import pytest

from live.tests.raw_socket import RawSocket, frame, handshake
from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.one_port import OnePort


def test_no_origin_is_allowed(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        assert live.until_quiet() == []


def test_the_servers_own_pages_are_allowed(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA, Origin=one_port.address) as live:
        assert live.until_quiet() == []


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://127.0.0.1",
        "file://",
        "x",
        "",
        "http://[",
        "http://127.0.0.1:1@evil.example",
    ],
)
def test_any_other_origin_is_refused(one_port: OnePort, origin: str) -> None:
    with LiveClient(one_port, ANA, Origin=origin) as live:
        assert live.close_code() == 4403


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://board.example", "board.example:443"),
        ("https://board.example:443", "board.example"),
        ("http://board.example", "board.example:80"),
        ("https://board.example", "BOARD.example"),
    ],
)
def test_a_default_port_does_not_refuse_the_servers_own_page(one_port: OnePort, origin: str, host: str) -> None:
    with RawSocket(one_port) as raw:
        assert raw.upgrade(handshake(one_port, ANA, changes={"Origin": origin, "Host": host})) == 101
        raw.socket.sendall(frame(1, b'{"type":"ping"}'))
        assert b"pong" in raw.socket.recv(1024)


def test_a_listed_origin_is_allowed(own_server: Callable[..., OnePort]) -> None:
    server = own_server(
        CORS_ALLOWED_ORIGINS="https://game.example, https://other.example/, https://*.games.example,"
        "capacitor://localhost,tauri://localhost,ionic://localhost,http://localhost,file://"
    )
    for origin in (
        *("https://game.example", "https://OTHER.example", "https://game.example:443"),
        *("https://a.games.example", "https://a.b.games.example"),
        *("capacitor://localhost", "tauri://localhost", "ionic://localhost", "http://localhost", "file://"),
    ):
        with LiveClient(server, ANA, Origin=origin) as live:
            assert live.until_quiet() == []
    for origin in (
        "https://third.example",
        "https://games.example",
        "http://localhost:8080",
        "null",
        "http://a.games.example",
    ):
        with LiveClient(server, ANA, Origin=origin) as live:
            assert live.close_code() == 4403
