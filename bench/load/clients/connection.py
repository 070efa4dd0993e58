"""One user's HTTP connection, on gevent's sockets, from an address of its own.

Locust's own clients cost more processor time for a request than the servers that they measure, on the same machine.
"""

import gevent.socket

SECONDS = 30.0
RECEIVED = 65_536
HEAD_END = b"\r\n\r\n"


class RequestFailed(Exception):
    """An answer of 400 or more. `code` is the status."""

    def __init__(self, code: int) -> None:
        super().__init__(f"status {code}")
        self.code = code


class Connection:
    """Opened with the first request, and again when it was closed. `source` is the user's address."""

    def __init__(self, host: str, port: int, source: str) -> None:
        self._address, self._source = (host, port), source
        self._socket: gevent.socket.socket | None = None

    def ask(self, request: bytes) -> int:
        """Send a request. Returns the length of the answer's body. Raises OSError, or RequestFailed."""
        try:
            if self._socket:
                try:
                    return self._exchange(self._socket, request)
                except (ConnectionError, EOFError):
                    self.close()  # The gateway closed it while it was idle: the request is sent again.
            self._socket = self._connect()
            return self._exchange(self._socket, request)
        except (OSError, EOFError):
            self.close()
            raise

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def _connect(self) -> gevent.socket.socket:
        made = gevent.socket.socket()
        made.settimeout(SECONDS)
        made.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
        made.bind((self._source, 0))
        made.connect(self._address)
        return made

    def _exchange(self, connected: gevent.socket.socket, request: bytes) -> int:
        connected.sendall(request)
        received = b""
        while (end := received.find(HEAD_END)) < 0:
            received += _some(connected)
        head = received[:end].lower()
        length = int(_header(head, b"content-length") or 0)
        missing = end + len(HEAD_END) + length - len(received)
        while missing > 0:
            missing -= len(_some(connected))
        if _header(head, b"connection") == b"close":
            self.close()
        status = int(head[9:12])
        if status >= 400:
            raise RequestFailed(status)
        return length


def _some(connected: gevent.socket.socket) -> bytes:
    received: bytes = connected.recv(RECEIVED)
    if not received:
        raise EOFError("The gateway closed the connection.")
    return received


def _header(head: bytes, name: bytes) -> bytes:
    """The value in a head that is in small letters; empty if it has none."""
    _before, found, rest = head.partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if found else b""
