"""Where tokens come from, and when they are renewed."""

import base64
import binascii
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from scoreboard_client.actions import encode
from scoreboard_client.errors import InvalidToken
from scoreboard_client.exchange import Exchange
from scoreboard_client.steps import Call, Flow, Supply

# A token is renewed this long before it expires; a short-lived token in the last tenth of its life.
MARGIN_SECONDS = 30.0
MARGIN_SHARE = 0.1
JSON_HEADERS = {"Content-Type": "application/json"}

TokenSupplier: TypeAlias = Callable[[], str]
AsyncTokenSupplier: TypeAlias = Callable[[], str | Awaitable[str]]


class TokenSource(Protocol):
    """Gives tokens. Only one caller at a time runs its flow."""

    @property
    def can_renew(self) -> bool:
        """Whether a new token can replace one that was refused."""
        ...

    @property
    def renew_at(self) -> float | None:
        """When to renew the current token (monotonic seconds); None if unknown."""
        ...

    def token(self, rejected: str | None) -> Flow[str | None]:
        """A token that is valid as far as the client knows, and not the one that the server rejected."""
        ...


@dataclass(frozen=True, slots=True)
class FixedToken:
    """One token that never changes, or None."""

    value: str | None
    can_renew: bool = False
    renew_at: float | None = None

    def token(self, rejected: str | None) -> Flow[str | None]:
        yield from ()
        return self.value


class RenewableToken(ABC):
    """A token that is kept until it is about to expire or is rejected."""

    can_renew = True

    def __init__(self) -> None:
        self._value: str | None = None
        self.renew_at: float | None = None

    def token(self, rejected: str | None) -> Flow[str | None]:
        """The kept token, or a new one."""
        is_due = self.renew_at is not None and time.monotonic() >= self.renew_at
        if self._value is None or self._value == rejected or is_due:
            value, lifetime = yield from self._next()
            self._value = value
            self.renew_at = renewal_time(lifetime)
        return self._value

    @abstractmethod
    def _next(self) -> Flow[tuple[str, float | None]]:
        """A new token and its remaining lifetime in seconds (None: unknown)."""


class SuppliedToken(RenewableToken):
    """Tokens from the user's function."""

    def __init__(self, function: AsyncTokenSupplier) -> None:
        super().__init__()
        self._function = function

    def _next(self) -> Flow[tuple[str, float | None]]:
        value: str = yield Supply(self._function)
        expires_at = read_claim(value, "exp")
        return value, None if expires_at is None else expires_at - time.time()


class PasswordToken(RenewableToken):
    """Tokens for a username and a password, renewed with the refresh token while that is valid."""

    def __init__(self, username: str, password: str, exchange: Exchange) -> None:
        super().__init__()
        self._credentials = {"username": username, "password": password}
        self._exchange = exchange
        self._refresh: str | None = None

    def _next(self) -> Flow[tuple[str, float | None]]:
        value = (yield from self._refreshed()) or (yield from self._logged_in())
        expires_at, issued_at = read_claim(value, "exp"), read_claim(value, "iat")
        # The token was issued just now. Both times are from the server's clock, so a wrong local clock does no harm.
        return value, None if expires_at is None or issued_at is None else expires_at - issued_at

    def _refreshed(self) -> Flow[str | None]:
        if self._refresh is None:
            return None
        try:
            pair = yield from self._post("/api/v1/auth/token/refresh", {"refresh": self._refresh})
        except InvalidToken:
            return None
        return pair["access"]

    def _logged_in(self) -> Flow[str]:
        pair = yield from self._post("/api/v1/auth/token", self._credentials)
        self._refresh = pair.get("refresh")
        return pair["access"]

    def _post(self, path: str, body: dict[str, str]) -> Flow[dict[str, str]]:
        answer = yield from self._exchange.send(Call("POST", path, headers=JSON_HEADERS, content=encode(body)))
        if not isinstance(answer.data, dict) or not isinstance(answer.data.get("access"), str):
            raise answer.unexpected("no access token")
        return answer.data


def token_source(
    token: str | AsyncTokenSupplier | None, username: str | None, password: str | None, exchange: Exchange
) -> TokenSource:
    """The source for a client's credentials. Raises ValueError if they are incomplete or contradictory."""
    if (username is None) != (password is None):
        raise ValueError("Pass both username and password")
    if username is None or password is None:
        return SuppliedToken(token) if callable(token) else FixedToken(token)
    if token is not None:
        raise ValueError("Pass either a token, or username and password")
    return PasswordToken(username, password, exchange)


def bearer(token: str | None) -> dict[str, str]:
    """The Authorization header; empty without a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def renewal_time(lifetime: float | None) -> float | None:
    """When to renew a token that is valid for `lifetime` more seconds (monotonic seconds); None if unknown."""
    if lifetime is None:
        return None
    return time.monotonic() + lifetime - min(MARGIN_SECONDS, max(0.0, lifetime) * MARGIN_SHARE)


def read_claim(token: str, name: str) -> float | None:
    """A time claim of a JWT, not verified: only the server can do that. None for any other kind of token."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return None
    value = claims.get(name) if isinstance(claims, dict) else None
    return float(value) if isinstance(value, int | float) else None
