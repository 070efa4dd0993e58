"""The settings that both clients share."""

import ssl
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import httpx

from scoreboard_client.exchange import Exchange
from scoreboard_client.operations import Operations
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

    def __post_init__(self) -> None:
        url = httpx.URL(self.base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(f"base_url must be an http or https address, not {self.base_url!r}")

    @property
    def headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "User-Agent": _user_agent()}

    @property
    def verify(self) -> ssl.SSLContext | bool:
        """What verifies TLS certificates: the given context, or True for httpx's default."""
        return self.ssl_context or True

    @property
    def live_address(self) -> str:
        url = httpx.URL(self.base_url)
        scheme = {"http": "ws", "https": "wss"}[url.scheme]
        return str(url.copy_with(scheme=scheme, path=f"{url.path.rstrip('/')}/{LIVE_PATH}", query=None))

    def operations(self) -> Operations:
        exchange = Exchange(self.retry, self.timeout)
        return Operations(exchange, token_source(self.token, self.username, self.password, exchange))
