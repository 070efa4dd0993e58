"""Simulates a game that uses the public API: busy and lazy players, retries after lost answers, and a few cheats."""

import json
import random
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from scoreboard_project.tokens.tokens import issue_access_token
from scores.operations.demo import demo_players

RETRY_SHARE = 0.03
CHEAT_SHARE = 0.02
TOKEN_SECONDS = 86_400
REQUEST_TIMEOUT_SECONDS = 10
WORKERS = 8
MAX_WAITING = 64
UPDATE_PATH = "/api/v1/scores/update"

# How often a game reports each action type. Types that this installation does not have are left out. The bonuses have
# rules by which most of their actions are refused.
ACTION_WEIGHTS = {
    "LEVEL_COMPLETE": 40,
    "PERFECT_SCORE": 14,
    "STREAK_BONUS": 1,
    "DAILY_BONUS": 1,
    "ACHIEVEMENT_UNLOCK": 9,
    "FIRST_TIME_BONUS": 1,
    "CHALLENGE_WIN": 5,
    "BOSS_DEFEAT": 2,
}


@dataclass(frozen=True, slots=True)
class Player:
    """A simulated player with their access token."""

    user_id: str
    token: str


@dataclass
class Tally:
    """The outcomes so far, and the latest response times in milliseconds for the median."""

    outcomes: Counter[str] = field(default_factory=Counter)
    milliseconds: deque[float] = field(default_factory=lambda: deque(maxlen=1000))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, outcome: str, milliseconds: float) -> None:
        with self.lock:
            self.outcomes[outcome] += 1
            self.milliseconds.append(milliseconds)

    def median(self) -> float:
        """The median response time in milliseconds; 0 before the first answer."""
        with self.lock:
            ordered = sorted(self.milliseconds)
        return round(ordered[len(ordered) // 2], 1) if ordered else 0.0


class Simulation:
    """`rate` actions a second by `players` players against the API at `url`."""

    def __init__(self, *, url: str, players: int, rate: float, codes: list[str], seed: int | None = None) -> None:
        self.address = urlsplit(url)
        self.dice = random.Random(seed)  # noqa: S311 - a game, not a secret
        self.tally = Tally()
        self.rate = rate
        self.weights = {code: ACTION_WEIGHTS.get(code, 1) for code in codes} or {"LEVEL_COMPLETE": 1}
        self.players = [
            Player(user_id, issue_access_token(user_id=user_id, username=name, lifetime=TOKEN_SECONDS))
            for user_id, name in demo_players(players)
        ]
        # Few play much, many play little.
        self.activity = [self.dice.paretovariate(1.2) for _ in self.players]
        self._connections = threading.local()
        self._opened = ExitStack()
        # When the server answers slowly, the game slows down instead of filling the memory.
        self._slots = threading.BoundedSemaphore(MAX_WAITING)

    def run(self, seconds: float, progress: Callable[[Tally], None]) -> Tally:
        """Play for `seconds`; `progress` is called about once a second. Ctrl-C ends the game early."""
        end, reported = time.monotonic() + seconds, 0.0
        with ExitStack() as self._opened, ThreadPoolExecutor(WORKERS) as pool:
            for moment in self._moments(end):
                self._slots.acquire()
                pool.submit(self._act, *self._draw())
                if moment - reported >= 1:
                    reported = moment
                    progress(self.tally)
        progress(self.tally)
        return self.tally

    def _moments(self, end: float) -> Iterator[float]:
        """The times of actions, with pauses and bursts like those of many independent players."""
        while (now := time.monotonic()) < end:
            yield now
            time.sleep(min(self.dice.expovariate(self.rate), max(0.0, end - now)))

    def _draw(self) -> tuple[Player, bytes, str, bool]:
        """Draw the player, the body, the idempotency key, and whether the game retries as if the answer was lost."""
        player = self.dice.choices(self.players, self.activity)[0]
        code = self.dice.choices(list(self.weights), list(self.weights.values()))[0]
        body: dict[str, Any] = {"actionType": code, "metadata": {"level": self.dice.randint(1, 60)}}
        if self.dice.random() < CHEAT_SHARE:
            body |= self.dice.choice([{"score": 1_000_000}, {"actionType": "FREE_POINTS"}, {"metadata": "x"}])
        retries = self.dice.random() < RETRY_SHARE
        return player, json.dumps(body).encode(), uuid.uuid4().hex, retries

    def _act(self, player: Player, body: bytes, key: str, retries: bool) -> None:
        try:
            self._send(player, body, key)
            if retries:
                self._send(player, body, key)
        finally:
            self._slots.release()

    def _send(self, player: Player, body: bytes, key: str) -> None:
        headers = {
            "Authorization": f"Bearer {player.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "User-Agent": "scoreboard-simulation",
        }
        started = time.perf_counter()
        try:
            outcome = self._exchange(body, headers)
        except (OSError, HTTPException):
            self._connections.open = None
            outcome = "no answer"
        self.tally.add(outcome, (time.perf_counter() - started) * 1000)

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> str:
        connection = getattr(self._connections, "open", None) or self._connect()
        self._connections.open = connection
        connection.request("PUT", self.address.path.rstrip("/") + UPDATE_PATH, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read()
        if answer.status == 200:
            return "replayed" if answer.headers.get("Idempotency-Replayed") else "applied"
        try:
            return str(json.loads(content)["error"]["code"])
        except (ValueError, KeyError, TypeError):
            return f"HTTP {answer.status}"

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self.address.scheme == "https" else HTTPConnection
        connection = kind(self.address.netloc, timeout=REQUEST_TIMEOUT_SECONDS)
        self._opened.callback(connection.close)
        return connection
