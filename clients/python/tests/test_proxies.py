"""Proxies of the environment: which applies, and none that makes the client fail where it is not needed."""

from typing import Any

import httpx
import pytest

from conftest import MakeClient
from running_server import Player, RunningServer
from scoreboard_client import RetryPolicy, Scoreboard, TransportError
from scoreboard_client.proxies import environment_proxy

ONCE = RetryPolicy(attempts=1)
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(params=["socks5://127.0.0.1:9", "socks5h://127.0.0.1:9", "http://127.0.0.1:9"])
def dead_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable names a proxy at which nothing listens."""
    for name in NAMES[:3]:
        monkeypatch.setenv(name, request.param)


def test_a_server_on_this_machine_needs_no_proxy(
    dead_proxy: None, server: RunningServer, player: Player, connect: MakeClient
) -> None:
    assert connect(token=player.token).update("LEVEL_COMPLETE").new_score == 150
    with Scoreboard(server.url, token=player.token) as client, client.live() as boards:
        assert next(boards).leaderboard


def test_a_socks_proxy_without_its_library_is_named_by_the_request(
    monkeypatch: pytest.MonkeyPatch, client_class: Any
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setattr("scoreboard_client.proxies.find_spec", lambda _: None)
    client = client_class("https://scoreboard.invalid", token="x")
    with pytest.raises(TransportError, match=r"socksio is not installed.*trust_env=False") as caught:
        client.board()
    assert not caught.value.is_temporary
    client.close()


def test_a_live_board_names_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setattr("scoreboard_client.proxies.find_spec", lambda _: None)
    with (
        Scoreboard("https://scoreboard.invalid", token="x") as client,
        pytest.raises(TransportError, match="python-socks is not installed"),
    ):
        next(client.live())


def test_the_environment_can_be_ignored(monkeypatch: pytest.MonkeyPatch, client_class: Any) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    client = client_class("http://scoreboard.invalid", trust_env=False)
    settings = getattr(client, "_client", client)._settings
    assert settings.proxy is None
    client.close()


def test_a_proxy_is_used(monkeypatch: pytest.MonkeyPatch, client_class: Any) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = client_class("http://scoreboard.invalid", retry=ONCE)
    with pytest.raises(TransportError, match=r"refused|attempts failed"):
        client.board()
    client.close()


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://a.example", None),
        ({"ALL_PROXY": "socks5://p:1"}, "https://a.example", "socks5://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "https://a.example", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://q:1"}, "http://a.example", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://a.example", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "a.example"}, "https://a.example", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://a.example:8443/sb", None),
        ({"ALL_PROXY": "http://p:1"}, "http://localhost:8000", None),
        ({"ALL_PROXY": "http://p:1"}, "http://127.0.0.2", None),
        ({"ALL_PROXY": "http://p:1"}, "http://[::1]:8000", None),
        ({"ALL_PROXY": "http://p:1"}, "http://192.168.0.7", "http://p:1"),
    ],
)
def test_the_right_proxy_is_found(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(httpx.URL(url)) == proxy
