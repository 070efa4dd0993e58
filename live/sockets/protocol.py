"""uvicorn's websocket protocol, with what a fan-out to thousands of sockets needs and ASGI does not offer.

Run uvicorn with `--ws live.sockets.protocol:LiveWebSocketProtocol`. Through
`scope["extensions"]["scoreboard.socket"]` the consumer can write a frame that was encoded once for all sockets, without
a task. It can also abort a peer that never reads; `transport.close()` would wait until that peer has read everything.
"""

from typing import Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

EXTENSION = "scoreboard.socket"
INVALID_UTF8 = 1007


class DirectSocket(Protocol):
    """What the extension offers."""

    def try_write(self, wire: bytes) -> bool:
        """Write an encoded frame now; False when the peer reads too slowly or the socket is closing."""
        ...

    def close_and_abort(self, code: int, grace_seconds: float) -> None:
        """Send a close frame, and drop the connection if the peer has not answered after `grace_seconds`."""
        ...


class LiveWebSocketProtocol(WebSocketsSansIOProtocol):
    def handle_connect(self, event: Request) -> None:
        """Offer the extension. The application's task starts after this returns."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.handshake_complete:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]

    def try_write(self, wire: bytes) -> bool:
        """See DirectSocket."""
        if (
            not self.writable.is_set()
            or not self.handshake_complete
            or self.close_sent
            or self.conn.state is not State.OPEN
            or self.transport.is_closing()
        ):
            return False
        self.transport.write(wire)
        return True

    def close_and_abort(self, code: int, grace_seconds: float) -> None:
        """See DirectSocket."""
        if self.transport.is_closing():
            return
        if self.conn.state is State.OPEN and not self.close_sent:
            self.conn.send_close(code)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        # When the peer answers the close frame, uvicorn cancels this timer and closes the connection.
        self.close_timer = self.loop.call_later(grace_seconds, self.transport.abort)

    def handle_ping(self) -> None:
        """Answer, unless the peer does not read: a flood of pings must not fill our memory with answers."""
        answer = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(answer)

    def keepalive_timeout(self) -> None:
        """Drop the connection at once: the peer is gone and will not read."""
        super().keepalive_timeout()
        self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """Close with 1007 on bad UTF-8. uvicorn does too, but it also logs a traceback."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.fail(INVALID_UTF8, "invalid UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()
