"""The HTTP request that opens a websocket, as uvicorn's HTTP protocol has already parsed it."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.utils import accept_key

KEY_BYTES = 16


@dataclass(slots=True)
class Upgrade:
    """A correct upgrade request. `target` is the path with the query."""

    target: bytes
    key: str
    headers: list[tuple[bytes, bytes]]
    peers: dict[str, Any]

    @property
    def path(self) -> str:
        return unquote(self.target.partition(b"?")[0].decode("ascii"))

    def scope(self, root_path: str) -> dict[str, Any]:
        """The ASGI scope, without what only the server knows."""
        raw_path, _, query = self.target.partition(b"?")
        return {
            "type": "websocket",
            "http_version": "1.1",
            **self.peers,
            "root_path": root_path,
            "path": root_path + self.path,
            "raw_path": root_path.encode("ascii") + raw_path,
            "query_string": query,
            "headers": self.headers,
            "subprotocols": [],
        }

    def accepted(self) -> bytes:
        """The answer. Neither Date nor Server: they are optional here, and each byte is sent to every client."""
        return (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(self.key)}\r\n\r\n"
        ).encode()


def read_upgrade(http: object) -> Upgrade | None:
    """The request that this protocol has just parsed; None if it is not a correct request for a websocket.

    That it asks for an upgrade to a websocket the protocol has seen itself.
    """
    if not isinstance(http, HttpToolsProtocol) or http.scope["method"] != "GET" or http.scope["http_version"] != "1.1":
        return None
    keys = [value for name, value in http.headers if name == b"sec-websocket-key"]
    versions = [value for name, value in http.headers if name == b"sec-websocket-version"]
    if len(keys) != 1 or not _is_key(keys[0]) or versions != [b"13"]:
        return None
    if not http.url.startswith(b"/") or not http.url.isascii():
        return None
    peers = {"scheme": "wss" if http.scheme == "https" else "ws", "server": http.server, "client": http.client}
    return Upgrade(http.url, keys[0].decode("ascii"), http.headers, peers)


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except binascii.Error:
        return False
