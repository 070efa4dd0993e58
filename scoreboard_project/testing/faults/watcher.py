"""Someone who watches the live board all the time, and connects again whenever the socket ends."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.servers.one_port import OnePort

WATCHER = Player("watcher", "Watcher")
SUBSCRIBE = '{"type":"subscribe_leaderboard","data":{"limit":100}}'
LOOK_SECONDS = 0.2
PAUSE_SECONDS = 0.05


class Watcher:
    """`board` is what the socket shows: users and scores. None while it shows nothing."""

    def __init__(self, server: OnePort) -> None:
        self._server = server
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.board: list[tuple[str, int]] | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(
                    self._server.live, additional_headers=WATCHER.bearer(), compression=None, ping_interval=None
                ) as socket:
                    socket.send(SUBSCRIBE)
                    self._read(socket)
            except (OSError, WebSocketException):
                self.board = None
                time.sleep(PAUSE_SECONDS)

    def _read(self, socket: ClientConnection) -> None:
        while not self._stopping.is_set():
            try:
                frame = json.loads(socket.recv(LOOK_SECONDS))
            except TimeoutError:
                continue
            if frame["type"] == "scoreboard_update":
                self.board = [(row["userId"], row["score"]) for row in frame["data"]["leaderboard"]]


@contextmanager
def watching(server: OnePort) -> Iterator[Watcher]:
    """Until the block ends."""
    watcher = Watcher(server)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()
