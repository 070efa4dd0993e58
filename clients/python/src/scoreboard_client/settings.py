"""The settings that both clients share."""

import ssl
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx

from scoreboard_client.exchange import Exchange
from scoreboard_client.operations import Operations
from scoreboard_client.proxies import WithoutSocks, can_use, environment_proxy
from scoreboard_client.retry import LivePolicy, RetryPolicy
from scoreboard_client.tokens import AsyncTokenSupplier, token_source

DEFAULT_TIMEOUT_SECONDS = 10.0
LIVE_PATH = "ws/v1/scoreboard/live"


def _user_agent() -> str:
    try:
        return f"scoreboard-client-python/{version('scoreboard-client')}"
    except PackageNotFoundError:
        return "scoreboard-client-python"


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """The arguments of a client. Raises ValueError if `base_url` is not an http or https address."""

    base_url: str
    token: str | AsyncTokenSupplier | None
    username: str | None
    password: str | None
    retry: RetryPolicy
    live: LivePolicy
    timeout: float
    ssl_context: ssl.SSLContext | None
    trust_env: bool

    def __post_init__(self) -> None:
        url = httpx.URL(self.base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(f"base_url must be an http or https address, not {self.base_url!r}")

    @property
    def headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "User-Agent": _user_agent()}

    @cached_property
    def proxy(self) -> str | None:
        """The proxy between this machine and the server."""
        return environment_proxy(httpx.URL(self.base_url)) if self.trust_env else None

    def http_options(self, transport: httpx.BaseTransport | httpx.AsyncBaseTransport | None) -> dict[str, Any]:
        """The arguments of httpx's clients.

        They do not read the environment themselves: with a SOCKS proxy there, and without the library for it, they
        cannot even be made, although the server may be on this machine.
        """
        options = {"base_url": self.base_url, "headers": self.headers, "trust_env": False}
        if transport is not None:
            return {**options, "transport": transport}
        if not can_use(self.proxy, "socksio"):
            return {**options, "transport": WithoutSocks()}
        context = self.ssl_context or httpx.create_ssl_context(trust_env=self.trust_env)
        return {**options, "verify": context, "proxy": self.proxy}

    @property
    def live_address(self) -> str:
        url = httpx.URL(self.base_url)
        scheme = {"http": "ws", "https": "wss"}[url.scheme]
        return str(url.copy_with(scheme=scheme, path=f"{url.path.rstrip('/')}/{LIVE_PATH}", query=None))

    def operations(self) -> Operations:
        exchange = Exchange(self.retry, self.timeout)
        return Operations(exchange, token_source(self.token, self.username, self.password, exchange))
