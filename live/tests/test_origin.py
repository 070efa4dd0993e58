"""Pages of other hosts cannot watch. Games and phones, which send no Origin, can."""

from collections.abc import Callable

import pytest

from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.one_port import OnePort


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


def test_a_named_origin_is_allowed(own_server: Callable[..., OnePort]) -> None:
    server = own_server(LIVE_ALLOWED_ORIGINS="https://game.example, https://other.example/")
    for origin in ("https://game.example", "https://OTHER.example"):
        with LiveClient(server, ANA, Origin=origin) as live:
            assert live.until_quiet() == []
    with LiveClient(server, ANA, Origin="https://third.example") as live:
        assert live.close_code() == 4403
