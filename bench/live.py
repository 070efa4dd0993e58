#!/usr/bin/env python3
"""Opens thousands of websockets to a live board, subscribes each to the top 25, and times broadcasts.

    bench/live.py --url ws://127.0.0.1:8000/ws/v1/scoreboard/live --api http://127.0.0.1:8000 --tokens FILE --pid PID

A broadcast is one PUT /api/v1/scores/update with the last token in the file. A socket's time runs from the sending of
that PUT to the last byte of the socket's next scoreboard_update. The client uses raw sockets and one selector, so that
it costs little beside the server. With --socketio it speaks Socket.IO, to measure another server for comparison.
The limits for sockets per address and updates per minute must be off (LIVE_SOCKETS_PER_ADDRESS=0
SCORE_UPDATES_PER_MINUTE=0). Prints a table, or with --json one JSON line per size.
"""

import argparse
import base64
import http.client
import json
import os
import resource
import selectors
import socket
import statistics
import struct
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

CONNECT_BATCH = 100
SNAPSHOT_SECONDS = 60
BROADCAST_SECONDS = 20
QUIET_SECONDS = 1.0
UPDATE = b"scoreboard_update"
PING, PONG = 9, 10


def client_frame(payload: bytes, opcode: int = 1) -> bytes:
    """A masked frame (mask 0) with a payload of less than 126 bytes; a text frame by default."""
    assert len(payload) < 126
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


class Protocol:
    """What a client sends: plain websocket messages, or Socket.IO's."""

    def __init__(self, *, socketio: bool) -> None:
        subscribe = {"limit": 25}
        if socketio:
            self.query = "/?EIO=4&transport=websocket"
            # Socket.IO closes a connection that sends an event before the connect packet was answered.
            self.connect, self.connected = client_frame(b"40"), b'40{"sid"'
            self.subscribe = client_frame(f"42{json.dumps(['subscribe_leaderboard', subscribe])}".encode())
        else:
            self.query, self.connect, self.connected = "", b"", b""
            self.subscribe = client_frame(json.dumps({"type": "subscribe_leaderboard", "data": subscribe}).encode())
        self.has_snapshot = not socketio


class FrameReader:
    """Counts complete frames that contain a scoreboard_update, and prepares answers to pings of both protocols."""

    __slots__ = ("buffer", "last_update", "pongs")

    def __init__(self) -> None:
        self.buffer = b""
        self.last_update = b""
        self.pongs = b""

    def feed(self, received: bytes) -> int:
        """The number of updates that these bytes complete.

        Afterwards `last_update` is the last of their frames, and `pongs` holds the answers to send.
        """
        self.buffer += received
        self.pongs = b""
        updates = 0
        while (whole := self._frame_length()) and len(self.buffer) >= whole:
            if UPDATE in self.buffer[: min(whole, 80)]:
                updates += 1
                self.last_update = self.buffer[:whole]
            if self.buffer[0] & 15 == PING:
                self.pongs += client_frame(self.buffer[2:whole], PONG)
            elif self.buffer[:whole] == b"\x81\x012":
                self.pongs += client_frame(b"3")
            self.buffer = self.buffer[whole:]
        return updates

    def _frame_length(self) -> int:
        if len(self.buffer) < 2:
            return 0
        short = self.buffer[1] & 127
        if short < 126:
            return 2 + short
        head, form = (4, ">H") if short == 126 else (10, ">Q")
        if len(self.buffer) < head:
            return 0
        return int(head + struct.unpack(form, self.buffer[2:head])[0])


class Crowd:
    """The open sockets, and what has arrived on each."""

    def __init__(self, url: str, tokens: list[str], protocol: Protocol) -> None:
        self.address = urlsplit(url)
        self.tokens = tokens
        self.protocol = protocol
        self.readers: dict[socket.socket, FrameReader] = {}
        self.selector = selectors.DefaultSelector()

    def connect(self, count: int) -> float:
        """Open `count` sockets in groups. Returns the seconds until the last was accepted."""
        started = time.perf_counter()
        for first in range(0, count, CONNECT_BATCH):
            group = [self._open(at) for at in range(first, min(first + CONNECT_BATCH, count))]
            for opened in group:
                self._await_upgrade(opened)
        return time.perf_counter() - started

    def _open(self, at: int) -> socket.socket:
        opened = socket.create_connection((self.address.hostname or "127.0.0.1", self.address.port or 80), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        opened.sendall(
            (
                f"GET {self.address.path}{self.protocol.query} HTTP/1.1\r\nHost: {self.address.netloc}\r\n"
                f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Authorization: Bearer {self.tokens[at % len(self.tokens)]}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
            ).encode()
        )
        return opened

    def _await_upgrade(self, opened: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = opened.recv(1)
            if not piece:
                sys.exit(f"refused: {head[:200]!r}")
            head += piece
        if b" 101 " not in head.split(b"\r\n")[0]:
            sys.exit(f"refused: {head[:200]!r}")
        self.readers[opened] = FrameReader()

    def subscribe(self) -> None:
        for opened in self.readers:
            opened.sendall(self.protocol.connect)
        for opened in self.readers:
            self._await_connected(opened)
            opened.sendall(self.protocol.subscribe)
            opened.setblocking(False)
            self.selector.register(opened, selectors.EVENT_READ)

    def _await_connected(self, opened: socket.socket) -> None:
        heard = b""
        while self.protocol.connected not in heard:
            piece = opened.recv(4096)
            if not piece:
                sys.exit("The server closed a socket before it could subscribe.")
            heard += piece

    def await_updates(self, began: float, seconds: float) -> list[float]:
        """Milliseconds from `began` to each socket's next update, sorted. After `seconds` some may be missing."""
        seen: dict[object, float] = {}
        end = time.perf_counter() + seconds
        while len(seen) < len(self.readers) and time.perf_counter() < end:
            for key, _ in self.selector.select(0.2):
                opened = key.fileobj
                assert isinstance(opened, socket.socket)
                if self._receive(opened):
                    seen.setdefault(opened, (time.perf_counter() - began) * 1000)
        return sorted(seen.values())

    def _receive(self, opened: socket.socket) -> int:
        received = opened.recv(262_144)
        if not received:
            sys.exit("The server closed a socket.")
        reader = self.readers[opened]
        updates = reader.feed(received)
        if reader.pongs:
            opened.sendall(reader.pongs)
        return updates

    def close(self) -> None:
        for opened in self.readers:
            opened.close()


def put_action(api: str, token: str) -> int:
    """Send one BOSS_DEFEAT of the token's user. Returns the new rank."""
    address = urlsplit(api)
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port or 80, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(
        "PUT", "/api/v1/scores/update", json.dumps({"actionType": "BOSS_DEFEAT", "metadata": {}}), headers
    )
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        print(f"The action was refused: {answer.status} {body[:200]!r}", file=sys.stderr)
        os._exit(1)
    return int(json.loads(body)["data"]["newRank"])


def lead(api: str, token: str) -> None:
    """Bring the token's user to rank 1: an action below the subscribed rows would not be broadcast."""
    while put_action(api, token) > 1:
        pass


def broadcast(crowd: Crowd, api: str) -> list[float]:
    """Send one PUT. Returns the delivery times in milliseconds, sorted."""
    time.sleep(QUIET_SECONDS)
    began = time.perf_counter()
    sender = threading.Thread(target=put_action, args=(api, crowd.tokens[-1]))
    sender.start()
    times = crowd.await_updates(began, BROADCAST_SECONDS)
    sender.join()
    return times


def resident_kib(pid: int) -> int:
    """The resident memory of the process, or 0 if no process was named."""
    if not pid:
        return 0
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


def measure(arguments: argparse.Namespace, size: int) -> dict[str, float]:
    """Measure one size: connect, receive the first board, then the broadcasts."""
    protocol = Protocol(socketio=arguments.socketio)
    lead(arguments.api, Path(arguments.tokens).read_text(encoding="ascii").split()[-1])
    crowd = Crowd(arguments.url, Path(arguments.tokens).read_text(encoding="ascii").split(), protocol)
    before = resident_kib(arguments.pid)
    connect_seconds = crowd.connect(size)
    crowd.subscribe()
    if protocol.has_snapshot:
        crowd.await_updates(time.perf_counter(), SNAPSHOT_SECONDS)
    else:
        time.sleep(2 * QUIET_SECONDS)
    broadcast(crowd, arguments.api)  # The first one only fills the buffers.
    rounds = [broadcast(crowd, arguments.api) for _ in range(arguments.broadcasts)]
    memory = (resident_kib(arguments.pid) - before) / size
    crowd.close()
    return {
        "sockets": size,
        "connect_s": round(connect_seconds, 2),
        "KiB_a_socket": round(memory, 1),
        **summary(rounds),
    }


def summary(rounds: list[list[float]]) -> dict[str, float]:
    """The medians over all broadcasts."""
    delivered = min(len(times) for times in rounds)
    found = [times for times in rounds if times]
    if not found:
        return {"delivered": 0}
    return {
        "delivered": delivered,
        "p50_ms": round(statistics.median(times[len(times) // 2] for times in found)),
        "p95_ms": round(statistics.median(times[int(len(times) * 0.95) - 1] for times in found)),
        "max_ms": round(statistics.median(times[-1] for times in found)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="the address of the websocket")
    parser.add_argument("--api", required=True, help="the address of the API")
    parser.add_argument("--tokens", required=True, help="a file with one bearer token per line")
    parser.add_argument("--pid", type=int, default=0, help="the live process, to measure its memory")
    parser.add_argument("--sizes", default="1000,3000,5000", help="numbers of sockets")
    parser.add_argument("--broadcasts", type=int, default=5, help="broadcasts per size")
    parser.add_argument("--socketio", action="store_true", help="the server speaks Socket.IO")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for at, size in enumerate(int(size) for size in arguments.sizes.split(",")):
        figures = measure(arguments, size)
        if arguments.json:
            print(json.dumps(figures))
            continue
        if not at:
            print("  ".join(f"{name:>12}" for name in figures))
        print("  ".join(f"{value:>12}" for value in figures.values()), flush=True)


if __name__ == "__main__":
    main()
