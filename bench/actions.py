#!/usr/bin/env python3
"""Measures actions per second over websockets: each socket sends its next action when the last one is answered.

    bench/tokens.py 5000 > tokens.txt
    bench/actions.py --url ws://127.0.0.1:8000/ws/v1/scoreboard/live --tokens tokens.txt

Each socket is another user's, while there are tokens. The client uses raw sockets and one selector, so that it costs
little beside the server. A time runs from the sending of an action to the last byte of its answer. The limits for
sockets per address and updates per minute must be off (LIVE_SOCKETS_PER_ADDRESS=0 SCORE_UPDATES_PER_MINUTE=0). Prints a
Markdown table; the figures are medians over the runs.
"""

import argparse
import base64
import json
import os
import resource
import selectors
import socket
import statistics
import struct
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
RESULT = b'{"type":"action_result"'
ANSWER_SECONDS = 30

Figures = tuple[float, float, float, float]


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A masked frame (mask 0) with a payload of less than 64 KiB."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size)
    return bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload


class Player:
    """One socket, with at most one unanswered action."""

    def __init__(self, address: SplitResult, token: str) -> None:
        self.socket = socket.create_connection((address.hostname or "127.0.0.1", address.port or 80), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._upgrade(address, token)
        self._name, self._count = uuid.uuid4().hex, 0
        self._received = b""
        self._sent_at = 0.0

    def _upgrade(self, address: SplitResult, token: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        self.socket.sendall(request.encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.socket.recv(1)
            if not piece:
                break
            head += piece
        if b" 101 " not in head.split(b"\r\n")[0]:
            sys.exit(f"refused: {head[:200]!r}")

    def act(self) -> None:
        """Send the next action."""
        self._count += 1
        data = {"requestId": f"{self._name}-{self._count}", "actionType": "LEVEL_COMPLETE", "metadata": {"level": 5}}
        self._sent_at = time.perf_counter()
        self.socket.sendall(client_frame(json.dumps({"type": "submit_action", "data": data}).encode()))

    def receive(self) -> float | None:
        """Read what has arrived. The milliseconds that the action took, if its answer is complete."""
        received = self.socket.recv(65_536)
        if not received:
            sys.exit("The server closed a socket.")
        self._received += received
        took = None
        while frame := self._take_frame():
            opcode, payload = frame
            if opcode == PING:
                self.socket.sendall(client_frame(payload, PONG))
            elif opcode == CLOSE:
                sys.exit(f"The server closed a socket with {int.from_bytes(payload[:2])}.")
            elif payload.startswith(RESULT):
                took = (time.perf_counter() - self._sent_at) * 1000
            else:
                sys.exit(f"An action was refused: {payload[:200]!r}")
        return took

    def _take_frame(self) -> tuple[int, bytes] | None:
        if len(self._received) < 4:
            return None
        size, head = self._received[1] & 127, 2
        if size == 126:
            size, head = struct.unpack(">H", self._received[2:4])[0], 4
        if len(self._received) < head + size:
            return None
        frame = self._received[0] & 15, self._received[head : head + size]
        self._received = self._received[head + size :]
        return frame


def play(players: list[Player], seconds: float) -> Figures:
    """Let all act for some seconds. The actions per second, and the p50, p95 and p99 in milliseconds."""
    times: list[float] = []
    unanswered = len(players)
    with selectors.DefaultSelector() as selector:
        for player in players:
            selector.register(player.socket, selectors.EVENT_READ, player)
        began = time.perf_counter()
        for player in players:
            player.act()
        while unanswered:
            ready = selector.select(ANSWER_SECONDS)
            if not ready:
                sys.exit(f"{unanswered} actions got no answer in {ANSWER_SECONDS} s.")
            for key, _ in ready:
                took = key.data.receive()
                if took is None:
                    continue
                times.append(took)
                if time.perf_counter() - began < seconds:
                    key.data.act()
                else:
                    unanswered -= 1
    elapsed = time.perf_counter() - began
    times.sort()
    p50, p95, p99 = (times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.95, 0.99))
    return len(times) / elapsed, p50, p95, p99


def measure(arguments: argparse.Namespace, tokens: list[str], size: int) -> Figures:
    """The medians over the runs, after one that only warms up."""
    address = urlsplit(arguments.url)
    players = [Player(address, tokens[at % len(tokens)]) for at in range(size)]
    play(players, min(1.0, arguments.seconds))
    runs = [play(players, arguments.seconds) for _ in range(arguments.runs)]
    for player in players:
        player.socket.close()
    rate, p50, p95, p99 = (statistics.median(figures) for figures in zip(*runs, strict=True))
    return rate, p50, p95, p99


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="the address of the websocket")
    parser.add_argument("--tokens", required=True, help="a file with one bearer token per line")
    parser.add_argument("--sizes", default="32,128", help="numbers of sockets; default: 32,128")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tokens = Path(arguments.tokens).read_text(encoding="ascii").split()
    print("| sockets | actions a second | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|---|")
    for size in (int(size) for size in arguments.sizes.split(",")):
        rate, p50, p95, p99 = measure(arguments, tokens, size)
        print(f"| {size} | {rate:,.0f} | {p50:.1f} | {p95:.1f} | {p99:.1f} |", flush=True)


if __name__ == "__main__":
    main()
