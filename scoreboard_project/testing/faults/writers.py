"""Players who never give up: each sends one action after the other, and repeats it with its id until it succeeds."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Answer, Game

# Clients wait longer. A test is there to see that the server comes back sooner.
PAUSE_SECONDS = 0.05
TRANSPORT = "no answer"


@dataclass
class Played:
    """What the players saw."""

    # By id of the action: who did it. Of those, what the first success said.
    asked: dict[str, Player] = field(default_factory=dict)
    succeeded: dict[str, str] = field(default_factory=dict)
    # How often each error code came, and how long each answer took.
    errors: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    # When the last success came, on the monotonic clock.
    last_success_at: float = 0.0
    odd: list[str] = field(default_factory=list)

    @property
    def longest_seconds(self) -> float:
        return max(self.seconds)


class Writers:
    """One thread for each player."""

    def __init__(self, address: str, players: Sequence[Player], *, name: str = "play") -> None:
        self._address = address
        self._name = name
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._play, args=[player], daemon=True) for player in players]
        self.seen = Played()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> Played:
        """Returns when each has its last action answered."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "an action was never answered"
        return self.seen

    def first_success_after(self, moment: float) -> float:
        """How many seconds after that moment (monotonic) the next success comes. Waits for it."""
        give_up_at = time.monotonic() + 30
        while self.seen.last_success_at <= moment:
            assert time.monotonic() < give_up_at, "nothing succeeds any more"
            time.sleep(0.02)
        return self.seen.last_success_at - moment

    def _play(self, player: Player) -> None:
        with Game(self._address) as game:
            number = 0
            while not self._stopping.is_set():
                number += 1
                key = f"{self._name}-{player.user_id}-{number}"
                self.seen.asked[key] = player
                while not self._try(game, player, key):
                    time.sleep(PAUSE_SECONDS)

    def _try(self, game: Game, player: Player, key: str) -> bool:
        asked_at = time.monotonic()
        try:
            answer = game.update(player, idempotency_key=key)
        except httpx.TransportError:
            self.seen.errors[TRANSPORT] += 1
            return False
        now = time.monotonic()
        self.seen.seconds.append(now - asked_at)
        if answer.status == 200:
            self.seen.succeeded[key] = answer.data["actionId"]
            self.seen.last_success_at = now
            return True
        self._note_error(answer)
        return False

    def _note_error(self, answer: Answer) -> None:
        code = answer.error["code"]
        self.seen.errors[code] += 1
        if answer.status != 503 or int(answer.headers.get("Retry-After", 0)) < 1:
            self.seen.odd.append(f"{answer.status} {code}")


@contextmanager
def writing(address: str, players: Sequence[Player], *, name: str = "play") -> Iterator[Writers]:
    """They play until the block ends, and have had a success before it begins."""
    writers = Writers(address, players, name=name)
    writers.start()
    try:
        writers.first_success_after(0.0)
        yield writers
    finally:
        writers.stop()
