"""uvicorn's websocket protocol, with what a fan-out to thousands of sockets needs and ASGI does not offer.

Run uvicorn with `--ws live.sockets.protocol:LiveWebSocketProtocol`. Through
`scope["extensions"]["scoreboard.socket"]` the consumer can write a frame that was encoded once for all sockets, without
a task. It can also abort a peer that never reads; `transport.close()` would wait until that peer has read everything.
"""

import json
from typing import Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

EXTENSION = "scoreboard.socket"
INVALID_UTF8 = 1007
TOO_BIG = 1009
MAX_FRAME_BYTES = 4 * 1024
# An `authenticate` frame, with a token of 8 KiB. It is what `--ws-max-size` says, so no frame is larger.
MAX_AUTHENTICATE_BYTES = 9 * 1024


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

    def handle_text(self, event: Frame) -> None:
        if not event.fin and len(event.data) > MAX_FRAME_BYTES and not may_be_object(bytes(event.data)):
            self.fail(TOO_BIG, "frame too big")
        else:
            super().handle_text(event)

    def handle_cont(self, event: Frame) -> None:
        """Close with 1009 as soon as the pieces so far are too large to be anything but an `authenticate` frame."""
        size = sum(map(len, self.frames)) + len(event.data)
        if size > MAX_FRAME_BYTES and self.frames and not may_be_object(self.frames[0]):
            self.fail(TOO_BIG, "frame too big")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Close with 1009 above MAX_FRAME_BYTES, and with 1007 on bad UTF-8.

        uvicorn does the latter too, but it also logs a traceback.
        """
        message = b"".join(self.frames)
        if len(message) > MAX_FRAME_BYTES and not (self.curr_msg_data_type == "text" and is_authenticate(message)):
            self.fail(TOO_BIG, "frame too big")
            return
        if self.curr_msg_data_type == "text":
            try:
                message.decode()
            except UnicodeDecodeError:
                self.fail(INVALID_UTF8, "invalid UTF-8")
                return
        super().send_receive_event_to_app()

    def fail(self, code: int, reason: str) -> None:
        """Close the connection because of what the peer sent."""
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()


def may_be_object(beginning: bytes) -> bool:
    """Whether the first piece of a text can be that of a JSON object."""
    return beginning.lstrip(b" \t\r\n")[:1] in {b"{", b""}


def is_authenticate(message: bytes) -> bool:
    """Whether it is an `authenticate` frame, whatever else it says. Only long frames are read here."""
    try:
        frame = json.loads(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(frame, dict) and frame.get("type") == "authenticate"
