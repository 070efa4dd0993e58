"""An open websocket: it takes the place of uvicorn's protocol when the consumer has admitted the client.

From then on there is no task, queue or scope for the socket, because thousands of them take most of a live process's
memory. Ordinary frames are read here; for all others (pieces, closes, errors) it makes a protocol of `websockets`.
"""

import asyncio
from collections.abc import MutableSet
from dataclasses import dataclass
from typing import Any

from websockets.frames import CloseCode, Opcode
from websockets.protocol import State

from live.connections.frames import (
    BadMessage,
    OutgoingFrame,
    Unfinished,
    UnusualFrames,
    read_whole_frame,
    text_of,
    unmasked,
)
from live.connections.keepalive import Keepalive
from live.connections.listener import NOBODY, Listener

ABORT_GRACE_SECONDS = 3.0
DATA = {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}


@dataclass(frozen=True, slots=True)
class ServerSide:
    """What all connections of a process share. `connections`: what uvicorn has to shut down."""

    connections: MutableSet[Any]
    keepalive: Keepalive
    max_size: int


class Connection(asyncio.Protocol):
    """One socket. Its memory counts, so it makes for itself only what it needs."""

    __slots__ = (
        "_abort",
        "_awaited_pong",
        "_is_writable",
        "_listener",
        "_server",
        "_transport",
        "_unread",
        "_unusual",
        "_work",
    )

    def __init__(self, transport: asyncio.Transport, listener: Listener, server: ServerSide) -> None:
        self._transport = transport
        self._listener = listener
        self._server = server
        self._is_writable = True
        self._unread = b""
        self._awaited_pong = b""
        self._unusual: UnusualFrames | None = None
        self._work: asyncio.Task[None] | None = None
        self._abort: asyncio.TimerHandle | None = None

    def take_over(self, unread: bytes, *, is_writable: bool) -> None:
        """Replace the transport's protocol. `unread` is what the client has sent already; it is read soon."""
        self._is_writable = is_writable
        self._server.connections.add(self)
        self._server.keepalive.add(self)
        self._transport.set_protocol(self)
        if unread:
            self._unread = unread
            asyncio.get_running_loop().call_soon(self._go_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._server.keepalive.discard(self)
        if self._abort:
            self._abort.cancel()
        self._listener.left()
        # The consumer refers to this connection: two that refer to each other would wait for the garbage collector.
        self._listener = NOBODY

    def shutdown(self) -> None:
        """The server stops, and has no more time for this socket."""
        self._send_close(CloseCode.SERVICE_RESTART)
        self._end()

    def pause_writing(self) -> None:
        self._is_writable = False

    def resume_writing(self) -> None:
        self._is_writable = True
        self._listener.can_write()

    def try_write(self, frame: OutgoingFrame) -> bool:
        """See Writer."""
        if not self._is_writable or not self._is_open():
            return False
        self._transport.write(frame.wire)
        return True

    def close(self, code: int) -> None:
        """Send a close frame, and drop a peer that does not answer it; `transport.close()` would wait for its reads."""
        if not self._transport.is_closing():
            self._send_close(code)
            self._abort = asyncio.get_running_loop().call_later(ABORT_GRACE_SECONDS, self._transport.abort)

    def ping(self, payload: bytes) -> bool:
        """See Pinged."""
        if self._awaited_pong or not self._is_open():
            return False
        self._awaited_pong = payload
        self._transport.write(unmasked(Opcode.PING, payload))
        return True

    def drop_if_silent(self, payload: bytes) -> None:
        """See Pinged. The peer is gone and will not read, so the connection ends at once."""
        if self._awaited_pong == payload and self._is_open():
            self._send_close(CloseCode.INTERNAL_ERROR, "keepalive ping timeout")
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._work:
            self._read()

    def _read(self) -> None:
        """Take frame after frame, until one of them takes time."""
        at = 0
        while not self._unusual and not self._work and (frame := read_whole_frame(self._unread, at)):
            at = frame.end
            self._take(frame.opcode, frame.payload)
        self._unread = self._unread[at:]
        if self._unread and not self._work and not self._transport.is_closing():
            self._read_unusual()

    def _take(self, opcode: Opcode, payload: bytes) -> None:
        if opcode is Opcode.TEXT:
            try:
                self._hear(text_of(payload))
            except BadMessage as problem:
                self._fail(problem)
        elif opcode is Opcode.PONG:
            self._take_pong(payload)
        elif self._is_writable:
            # A flood of pings from a peer that does not read must not fill our memory with answers.
            self._transport.write(unmasked(Opcode.PONG, payload))

    def _read_unusual(self) -> None:
        unusual = self._unusual_frames()
        answer, self._unread = unusual.feed(self._unread), b""
        if answer and not self._transport.is_closing() and (self._is_writable or not self._is_open()):
            self._transport.write(answer)
        self._take_unusual(unusual)

    def _take_unusual(self, unusual: UnusualFrames) -> None:
        while not self._work and (frame := unusual.next_frame()):
            if frame.opcode is Opcode.PONG:
                self._take_pong(bytes(frame.data))
            elif frame.opcode in DATA:
                try:
                    self._hear(unusual.message(frame))
                except Unfinished:
                    pass
                except BadMessage as problem:
                    self._fail(problem)
        if unusual.conn.close_rcvd or unusual.conn.parser_exc:
            self._end()

    def _hear(self, text: str | None) -> None:
        if (work := self._listener.hear(text)) is not None:
            self._transport.pause_reading()
            self._work = asyncio.create_task(work)
            self._work.add_done_callback(self._go_on)

    def _go_on(self, _: object = None) -> None:
        """Read what came in the meantime."""
        self._work = None
        if not self._transport.is_closing():
            self._transport.resume_reading()
            if self._unusual:
                self._take_unusual(self._unusual)
            self._read()

    def _take_pong(self, payload: bytes) -> None:
        if payload == self._awaited_pong:
            self._awaited_pong = b""

    def _is_open(self) -> bool:
        has_closed = self._unusual is not None and self._unusual.conn.state is not State.OPEN
        return not has_closed and not self._transport.is_closing()

    def _unusual_frames(self) -> UnusualFrames:
        if self._unusual is None:
            self._unusual = UnusualFrames(self._server.max_size)
        return self._unusual

    def _send_close(self, code: int, reason: str = "") -> None:
        if self._is_open():
            conn = self._unusual_frames().conn
            conn.send_close(code, reason)
            self._transport.write(b"".join(conn.data_to_send()))

    def _fail(self, problem: BadMessage) -> None:
        self._send_close(problem.code, str(problem))
        self._end()

    def _end(self) -> None:
        """Close the connection, also to a peer that does not read what we have written."""
        self._listener.left()
        self._transport.close()
        if self._abort is None:
            self._abort = asyncio.get_running_loop().call_later(ABORT_GRACE_SECONDS, self._transport.abort)
