"""A handmade websocket, for what no proper client would send."""

import base64
import os
import socket
import struct
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.servers.one_port import OnePort

PATH = "/ws/v1/scoreboard/live"
CLOSE = 8


def handshake(
    server: OnePort, player: Player, *, path: str = PATH, changes: Mapping[str, str | None] | None = None
) -> bytes:
    """The upgrade request. `changes` replaces headers; a value of None removes the header."""
    headers: dict[str, str | None] = {
        "Host": f"127.0.0.1:{server.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        **player.bearer(),
        **(changes or {}),
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(opcode: int, payload: bytes = b"", *, first: int = 0x80, is_masked: bool = True, length: int = -1) -> bytes:
    """One frame. `first`: the bits beside the opcode. `length`: a false length to claim, in 64 bits."""
    mask = 0x80 if is_masked else 0
    head = bytes([first | opcode])
    if length >= 0:
        head += bytes([mask | 127]) + struct.pack("!Q", length)
    elif len(payload) < 126:
        head += bytes([mask | len(payload)])
    else:
        head += bytes([mask | 126]) + struct.pack("!H", len(payload))
    return head + (b"\0\0\0\0" if is_masked else b"") + payload


class RawSocket:
    """A connection to the server; use it in a `with` block."""

    def __init__(self, server: OnePort) -> None:
        self._address = ("127.0.0.1", server.port)

    def __enter__(self) -> Self:
        self.socket = socket.create_connection(self._address, timeout=20)
        self._received = b""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.socket.close()

    def upgrade(self, request: bytes) -> int:
        """Send the request and return the status of the answer."""
        self.socket.sendall(request)
        head = self._until(b"\r\n\r\n")
        return int(head.split()[1])

    def abort(self) -> None:
        """Reset the connection without a close frame."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the server's next frame. Raises EOFError if the connection has ended."""
        head = self._take(2)
        if len(head) < 2:
            raise EOFError
        length = head[1] & 0x7F
        if length == 126:
            length = int.from_bytes(self._take(2))
        return head[0] & 0x0F, self._take(length)

    def close_code(self) -> int | None:
        """The code of the server's close frame; None if the connection ended without one."""
        while True:
            try:
                opcode, payload = self.frame()
            except EOFError:
                return None
            if opcode == CLOSE:
                return int.from_bytes(payload[:2])

    def _until(self, end: bytes) -> bytes:
        while end not in self._received and self._read():
            pass
        found, _, self._received = self._received.partition(end)
        return found

    def _take(self, count: int) -> bytes:
        while len(self._received) < count and self._read():
            pass
        found, self._received = self._received[:count], self._received[count:]
        return found

    def _read(self) -> bool:
        try:
            more = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self._received += more
        return bool(more)
