"""Who opens a websocket: from which page, and for which user.

A token in the Authorization header or in the address, or a single-use ticket, identifies the user.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from live.rest.tickets import redeem_ticket
from scoreboard_project.api.cors import is_listed
from scoreboard_project.api.errors import InvalidToken
from scoreboard_project.api.origins import is_own_page
from scoreboard_project.limits.client_address import client_address
from scoreboard_project.runtime.flows.flow import run_in_loop
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.tokens import verify_by_keys_of_now

MAX_CREDENTIAL_FIELDS = 8


def is_origin_allowed(origin: str | None, host: str) -> bool:
    """Whether the page may open a socket: pages of this host and of CORS_ALLOWED_ORIGINS may.

    `origin` and `host` are the request's headers. Games and phones send no Origin and are allowed; `null` is refused.
    """
    return origin is None or is_own_page(origin, host) or is_listed(origin)


class Handshake:
    """The headers, query and peer of an ASGI handshake, decoded from bytes."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text
        self._query: bytes = scope.get("query_string", b"")
        self._peer = scope.get("client") or ("", 0)

    @property
    def origin(self) -> str | None:
        """The page that opens the socket; None outside browsers."""
        return self.headers.get("origin")

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def address(self) -> str:
        """The client's address, also behind trusted proxies."""
        return client_address(str(self._peer[0]), self.headers.get("x-forwarded-for", ""))

    async def principal(self) -> Principal:
        """The user who connects. Raises InvalidToken, or CacheUnavailable if a ticket cannot be looked up."""
        ticket = self._query_value("ticket")
        if ticket is not None:
            return await run_in_loop(redeem_ticket(ticket))
        return await verify_by_keys_of_now(self._token())

    def _token(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return token.strip()
        found = self._query_value("token")
        if found is None:
            raise InvalidToken
        return found

    def _query_value(self, name: str) -> str | None:
        try:
            fields = parse_qs(self._query.decode("ascii"), max_num_fields=MAX_CREDENTIAL_FIELDS)
        except ValueError:
            raise InvalidToken from None
        values = fields.get(name)
        if values is None:
            return None
        if len(values) != 1:
            raise InvalidToken
        return values[0]
