"""The primary of several Redis servers dies while a game is played: by Sentinels and in a Cluster."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.servers.api_server import running_server
from scoreboard_project.testing.servers.valkeys import Server, cluster, with_sentinels
from scoreboard_project.testing.waiting import wait_for
from scores.models import ScoreEvent, UserScore

PREFIX = "failover"
PLAYERS = crowd(4)
LIVE_SECONDS = 5.0


@pytest.fixture(params=["sentinel", "cluster"])
def several(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Server]]:
    """The address for REDIS_URL, and the server that will die."""
    kinds: dict[str, AbstractContextManager[tuple[str, Server]]] = {
        "sentinel": with_sentinels(tmp_path),
        "cluster": cluster(tmp_path, PREFIX),
    }
    with kinds[request.param] as found:
        yield found


class Game:
    """Players who act one after the other, and know where each of them must stand."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=10)
        self._headers = {player.user_id: player.bearer() for player in PLAYERS}
        self._turn = 0
        self.acknowledged = 0
        self.wrong: list[str] = []
        self._scores: dict[str, tuple[int, int]] = {}

    def act(self) -> None:
        """One action. What it answers is right, or the answer says that it does not know the rank."""
        player = self._player()
        answer = self._client.put(
            "/api/v1/scores/update", json={"actionType": "LEVEL_COMPLETE"}, headers=self._headers[player.user_id]
        )
        if answer.status_code != 200:
            self.wrong.append(answer.text)
            return
        self.acknowledged += 1
        rank = answer.json()["data"]["newRank"]
        if rank not in {None, self._rank_after(player)}:
            self.wrong.append(answer.text)

    def _player(self) -> Player:
        # Others lead at each turn.
        self._turn += 1
        return PLAYERS[self._turn * self._turn % 7 % len(PLAYERS)]

    def _rank_after(self, player: Player) -> int:
        score = self._scores.get(player.user_id, (0, 0))[0] + 150
        self._scores[player.user_id] = (score, self._turn)
        order = sorted(self._scores.items(), key=lambda entry: (-entry[1][0], entry[1][1]))
        return [user_id for user_id, _ in order].index(player.user_id) + 1

    def board(self) -> list[tuple[str, int]]:
        rows = self._client.get("/api/v1/scoreboard").json()["data"]["leaderboard"]
        return [(row["userId"], row["score"]) for row in rows]

    def close(self) -> None:
        self._client.close()


@pytest.mark.server
@pytest.mark.faults
@pytest.mark.thorough
def test_nothing_is_lost_and_live_boards_are_back_soon(several: tuple[str, Server], scoreboard: None) -> None:
    url, primary = several
    environment = {"REDIS_URL": url, "REDIS_KEY_PREFIX": PREFIX, "RECONCILE_SECONDS": "1"}
    with running_server(**environment) as address:
        wait_for(lambda: httpx.get(f"{address}/readyz").json()["status"] == "ready")
        game = Game(address)
        live = f"{address.replace('http', 'ws')}/ws/v1/scoreboard/live"
        with connect(live, additional_headers=PLAYERS[0].bearer()) as socket:
            socket.send('{"type":"subscribe_leaderboard"}')
            for _ in range(20):
                game.act()
            primary.kill()
            killed = time.monotonic()
            stop = threading.Event()
            playing = threading.Thread(target=_play, args=(game, stop))
            playing.start()
            seconds = _until_live(socket, since=killed)
            wait_for(lambda: httpx.get(f"{address}/readyz").json()["status"] == "ready")
            stop.set()
            playing.join()
        expected = list(
            UserScore.objects.order_by("-current_score", "last_updated").values_list("user_id", "current_score")
        )
        assert game.board() == expected
        game.close()
    assert game.wrong == []
    assert ScoreEvent.objects.count() == game.acknowledged > 40
    assert seconds <= LIVE_SECONDS


def _play(game: Game, stop: threading.Event) -> None:
    while not stop.is_set():
        game.act()


def _until_live(socket: ClientConnection, *, since: float) -> float:
    """Seconds until the socket shows a score that was reached a second or more after that moment."""
    while time.monotonic() - since < 30:
        update = json.loads(socket.recv(30))
        newest = max((row["lastUpdated"] for row in update["data"]["leaderboard"]), default="")
        if newest and time.monotonic() - since > 1.0:
            return time.monotonic() - since
    raise AssertionError("no board came")
