"""The handshake of a websocket, in place of uvicorn's websocket protocol. It ends with a `Connection`.

Run uvicorn with `--ws live.sockets.protocol:LiveWebSocketProtocol`. uvicorn's own protocol parses the request a second
time, and keeps parsers, queues and a task for each socket: this one uses what the HTTP protocol has parsed, and ends
the application's task when the consumer has admitted the client. uvicorn's own still refuses whatever is not a correct
upgrade. The consumer finds the protocol as `scope["extensions"]["scoreboard.socket"]`.
"""

import asyncio
import logging
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from live.connections.connection import Connection, ServerSide
from live.connections.keepalive import Keepalive
from live.connections.listener import NOBODY, Listener
from live.connections.upgrade import Upgrade, read_upgrade

EXTENSION = "scoreboard.socket"
EXTENSIONS: dict[str, Any] = {"websocket.http.response": {}}
INTERNAL_ERROR = 1011

log = logging.getLogger("uvicorn.error")


class LiveWebSocketProtocol(asyncio.Protocol):
    """uvicorn makes one for each upgrade, and then calls `connection_made` and `data_received`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._upgrade: Upgrade | None = None
        self._unread: bytes | None = None
        self._is_writable = True
        self._is_accepted = False
        self._status = HTTPStatus.INTERNAL_SERVER_ERROR
        self._left: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server_state.connections.add(cast("Any", self))
        http = self._transport.get_protocol()
        self._upgrade = read_upgrade(http)
        if self._upgrade:
            # It and its parser refer to each other: without this they would stay until the garbage collector comes.
            http.parser = None  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """First the request once more, as uvicorn's protocols expect it; later what the client already sends."""
        if self._unread is not None:
            self._unread += data
            self._transport.pause_reading()
        elif self._upgrade:
            self._unread = b""
            task = asyncio.get_running_loop().create_task(self._run(self._upgrade))
            self._server_state.tasks.add(task)
            task.add_done_callback(self._server_state.tasks.discard)
        else:
            self._leave_to_uvicorn(data)

    def _leave_to_uvicorn(self, data: bytes) -> None:
        protocol = WebSocketsSansIOProtocol(self._config, self._server_state, self._app_state)
        self._server_state.connections.discard(cast("Any", self))
        protocol.connection_made(self._transport)
        protocol.data_received(data)
        # uvicorn puts this object in place after this call.
        asyncio.get_running_loop().call_soon(self._transport.set_protocol, protocol)

    def pause_writing(self) -> None:
        self._is_writable = False

    def resume_writing(self) -> None:
        self._is_writable = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._server_state.connections.discard(cast("Any", self))
        if self._left and not self._left.done():
            self._left.set_result(None)

    def shutdown(self) -> None:
        """The server stops during the handshake."""
        self._transport.close()

    async def _run(self, upgrade: Upgrade) -> None:
        scope = upgrade.scope(self._config.root_path)
        scope["asgi"] = {"version": self._config.asgi_version, "spec_version": "2.4"}
        scope["state"] = self._app_state.copy()
        scope["extensions"] = {**EXTENSIONS, EXTENSION: self}
        try:
            await self._config.loaded_app(scope, self.receive, self.send)
        except Exception:
            log.exception("Exception in ASGI application")
        if self._transport.get_protocol() is self and not self._transport.is_closing():
            self._fail()

    def _fail(self) -> None:
        """The application has not finished the handshake."""
        if self._is_accepted:
            self._connect(NOBODY).close(INTERNAL_ERROR)
        else:
            self._respond(HTTPStatus.INTERNAL_SERVER_ERROR, b"")

    async def receive(self) -> dict[str, Any]:
        """ASGI's receive. The messages of the client go to the Connection."""
        if self._left is None:
            self._left = asyncio.get_running_loop().create_future()
            return {"type": "websocket.connect"}
        await self._left
        return {"type": "websocket.disconnect", "code": 1006}

    async def send(self, message: dict[str, Any]) -> None:
        """ASGI's send, until the socket is handed over."""
        match message["type"]:
            case "websocket.accept":
                self._accept()
            case "websocket.close" if self._is_accepted:
                if not self._transport.is_closing():
                    self._connect(NOBODY).close(message["code"])
            case "websocket.close":
                self._respond(HTTPStatus.FORBIDDEN, b"")
            case "websocket.http.response.start":
                self._status = HTTPStatus(message["status"])
            case "websocket.http.response.body":
                self._respond(self._status, message["body"])

    def hand_over(self, listener: Listener) -> Connection | None:
        """The open socket, for a client that is admitted; None if it has left. Its messages come a little later."""
        return None if self._transport.is_closing() else self._connect(listener)

    def _accept(self) -> None:
        assert self._upgrade  # noqa: S101 - the application's task runs only with one
        self._is_accepted = True
        self._transport.write(self._upgrade.accepted())
        log.info('%s - "WebSocket %s" [accepted]', self._upgrade.peers["client"], self._upgrade.path)

    def _connect(self, listener: Listener) -> Connection:
        self._server_state.connections.discard(cast("Any", self))
        connection = Connection(self._transport, listener, _server_side(self._config, self._server_state))
        connection.take_over(self._unread or b"", is_writable=self._is_writable)
        return connection

    def _respond(self, status: HTTPStatus, body: bytes) -> None:
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self._transport.write(head.encode() + body)
        self._transport.close()


@cache
def _server_side(config: Config, state: ServerState) -> ServerSide:
    keepalive = Keepalive(config.ws_ping_interval, config.ws_ping_timeout)
    return ServerSide(cast("Any", state.connections), keepalive, config.ws_max_size)
