"""uvicorn's HTTP protocol, which answers games' calls itself: the ASGI messages between cost as much as a call does.

Run uvicorn with `--http scoreboard_project.serving.http_protocol:HttpProtocol`. It answers a request that has come
whole, on a connection with nothing else under way; all others go uvicorn's own way through ASGI, where the fast path
(`fast_path.py`) gives the same answers.
"""

import asyncio
from typing import Any, cast

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

# uvicorn imports this module before the application. Only once Django is set up can the others be imported.
from scoreboard_project import wsgi as wsgi  # isort: skip  # noqa: PLC0414
from scoreboard_project.serving.exchange import Exchange, Head, header_lines
from scoreboard_project.serving.game_calls import GameCalls, read_headers

# Where the lifespan's state has the calls. uvicorn hands it to each protocol.
GAME_CALLS = "scoreboard.game_calls"


class HttpProtocol(HttpToolsProtocol):
    """uvicorn makes one for each connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # None if the application is another.
        self._calls: GameCalls | None = app_state.get(GAME_CALLS)
        # The call whose body is still to come.
        self._coming: Exchange | None = None
        # The call to answer when all that has come is parsed.
        self._whole: Exchange | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._coming:
            self._leave_to_uvicorn(self._coming)
        if self._whole:
            self._answer(self._whole)

    def on_headers_complete(self) -> None:
        self._coming = self._begin()
        if not self._coming:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._coming:
            self._coming.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._coming:
            # So uvicorn knows that an answer is due.
            self.cycle = cast("Any", self._coming)
            self._coming, self._whole = None, self._coming
        else:
            super().on_message_complete()

    def respond(self, exchange: Exchange, head: bytes, body: bytes) -> None:
        """Send the response, unless the client has left, and go on with what it has sent meanwhile."""
        exchange.response_complete = True
        if exchange.disconnected:
            return
        close = b"" if exchange.keep_alive else b"connection: close\r\n"
        default = header_lines(tuple(self.server_state.default_headers))
        self.transport.write(b"".join((head, default, close, b"\r\n", body)))
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _begin(self) -> Exchange | None:
        """The call whose headers have come, if it is one to answer here."""
        calls = self._calls
        if not calls or not self._is_free():
            return None
        target = calls.target_of(self.parser.get_method(), self.url)
        if not target:
            return None
        headers = read_headers(tuple(self.headers))
        peer = str(self.client[0]) if self.client else ""
        is_secure = calls.is_secure(self.scheme or "", peer, headers)
        if not calls.is_usual(headers, is_secure=is_secure):
            return None
        return Exchange(self, calls, Head(target, headers, peer, is_secure), keep_alive=self.parser.should_keep_alive())

    def _is_free(self) -> bool:
        """Whether this connection has nothing else to do, and its client reads what it is sent."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
            and self.limit_concurrency is None
        )

    def _answer(self, whole: Exchange) -> None:
        self._whole = None
        if not self.transport.is_closing():
            whole.answer()

    def _leave_to_uvicorn(self, coming: Exchange) -> None:
        """A part of the body is still to come."""
        self._coming = None
        if not self.transport.is_closing():
            super().on_headers_complete()
            super().on_body(bytes(coming.body))


class OfferedCalls:
    """ASGI lifespan middleware: lets the protocol know the calls."""

    def __init__(self, application: ASGI3Application, calls: GameCalls) -> None:
        self._application = application
        self._calls = calls

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        state: Any = scope.get("state")
        if state is not None:
            state[GAME_CALLS] = self._calls
        await self._application(scope, receive, send)
