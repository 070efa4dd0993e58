"""uvicorn's websocket protocol, with what a fan-out to thousands of sockets needs and ASGI has no word for.

Run uvicorn with `--ws live.sockets.protocol:LiveWebSocketProtocol`. Through
`scope["extensions"]["scoreboard.socket"]` the consumer can write a frame that was encoded once for all sockets, without
a task, and can abort a peer that never reads: `transport.close()` would wait for it to read the rest.
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
        """Close with that code; drop the connection when the peer has not read it after the grace."""
        ...


class LiveWebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def handle_connect(self, event: Request) -> None:
        """Offer the extension; the application task starts after this returns."""
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
        # uvicorn cancels this, and closes, when the peer answers the close frame.
        self.close_timer = self.loop.call_later(grace_seconds, self.transport.abort)

    def handle_ping(self) -> None:
        """Answer, but let no flood of pings fill the memory of a peer that does not read the answers."""
        answer = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(answer)

    def keepalive_timeout(self) -> None:
        """The peer is gone: do not wait for it to read."""
        super().keepalive_timeout()
        self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """Close with 1007 on bad UTF-8; uvicorn does so with a traceback in the log."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.fail(INVALID_UTF8, "invalid UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()
