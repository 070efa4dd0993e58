"""A game that watches a live board over a real websocket."""

import json
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.servers.one_port import OnePort

Frame = dict[str, Any]
SECONDS = 20


class LiveClient:
    """One socket; use it in a `with` block. Without a player it sends no token."""

    def __init__(self, server: OnePort, player: Player | None = None, *, query: str = "", **headers: str) -> None:
        self._address = server.live + query
        self._headers = {**(player.bearer() if player else {}), **headers}
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        self.socket = self._exit.enter_context(
            connect(self._address, additional_headers=self._headers, compression=None, ping_interval=None)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.close()

    def send(self, frame: object) -> None:
        """Send a frame: bytes and text unchanged, anything else as JSON."""
        self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def receive(self) -> Frame:
        found: Frame = json.loads(self.socket.recv(SECONDS))
        return found

    def ask(self, frame: object) -> Frame:
        """Send a frame and return the next frame from the server."""
        self.send(frame)
        return self.receive()

    def submit(self, request_id: str = "run-1", action_type: str = "LEVEL_COMPLETE", **more: Any) -> None:
        """Send an action and do not wait for its answer. `more`: other fields of its data."""
        self.send({"type": "submit_action", "data": {"requestId": request_id, "actionType": action_type, **more}})

    def act(self, request_id: str = "run-1", action_type: str = "LEVEL_COMPLETE", **more: Any) -> Frame:
        """Send an action and return the next frame, which must be its answer."""
        self.submit(request_id, action_type, **more)
        answer = self.receive()
        assert request_id in (answer.get("requestId"), answer.get("data", {}).get("requestId")), answer
        return answer

    def authenticate(self, player: Player) -> None:
        """Go on as this player."""
        token = player.bearer()["Authorization"].removeprefix("Bearer ")
        assert self.ask({"type": "authenticate", "data": {"token": token}})["type"] == "authenticated"

    def subscribe(self, limit: int | None = None) -> Frame:
        """Watch the top `limit` and return the first board."""
        answer = self.ask({"type": "subscribe_leaderboard", "data": {} if limit is None else {"limit": limit}})
        assert answer["type"] == "scoreboard_update", answer
        board: Frame = answer["data"]
        return board

    def board(self) -> Frame:
        """The next frame, which must be a board."""
        frame = self.receive()
        assert frame["type"] == "scoreboard_update", frame
        board: Frame = frame["data"]
        return board

    def until_quiet(self) -> list[Frame]:
        """Send a ping and return the frames that arrive before its answer."""
        self.send({"type": "ping"})
        frames = []
        while (frame := self.receive())["type"] != "pong":
            frames.append(frame)
        return frames

    def close_code(self) -> int:
        """The code with which the server closes; earlier frames are skipped."""
        while self.socket.close_code is None:
            with suppress(ConnectionClosed):
                self.socket.recv(SECONDS)
        return self.socket.close_code


def order(board: Frame) -> list[str]:
    """The user ids of a board, best first."""
    return [row["userId"] for row in board["leaderboard"]]
