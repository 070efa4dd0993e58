"""What must hold after every fault, whatever it was: one checker for all of them."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from scoreboard_project.testing.faults.watcher import Watcher, watching
from scoreboard_project.testing.faults.writers import TRANSPORT, Played
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.servers.own_postgres import OwnPostgres
from scoreboard_project.testing.waiting import wait_for

AGREES_WITHIN_SECONDS = 3.0
# Busy machines take longer, which is measured and not part of the promise.
PATIENCE_SECONDS = 20.0
# What a fault may cost for good: the pool's connections, threads that start on demand.
SPARE_DESCRIPTORS = 24
SPARE_THREADS = 8
SPARE_BACKENDS = 20
SPARE_MEMORY = 64 * 1024 * 1024
UNAVAILABLE = {"DATABASE_UNAVAILABLE", "OVERLOADED", TRANSPORT}

# Each finds users or requests that do not add up; all must find nothing.
LEDGER = {
    "a score is not the sum of its events": """
        SELECT user_id FROM users_scores JOIN (
            SELECT user_id, sum(score_increment) AS total, count(*) AS events FROM score_events GROUP BY user_id
        ) AS ledger USING (user_id)
        WHERE (current_score, total_actions, version) IS DISTINCT FROM (total, events, events)""",
    "a user has a score and no event, or events and no score": """
        SELECT user_id FROM users_scores FULL JOIN (SELECT DISTINCT user_id FROM score_events) AS ledger USING (user_id)
        WHERE users_scores.user_id IS NULL OR ledger.user_id IS NULL""",
    "a request has no event, or an event no request": """
        SELECT request_id FROM score_requests FULL JOIN score_events USING (user_id, request_id)
        WHERE score_requests.action_id IS DISTINCT FROM score_events.action_id""",
    "a request has more than one event": """
        SELECT request_id FROM score_events GROUP BY user_id, request_id HAVING count(*) > 1""",
    "a score after an event is not the sum so far": """
        SELECT event_id FROM (
            SELECT event_id, score_after,
                sum(score_increment) OVER (PARTITION BY user_id ORDER BY created_at, event_id) AS so_far
            FROM score_events
        ) AS running WHERE score_after <> so_far""",
}
BOARD = """
SELECT user_id, current_score FROM users_scores WHERE NOT is_hidden
ORDER BY current_score DESC, last_updated, user_id COLLATE "C"
"""
ACTIONS = "SELECT request_id, action_id FROM score_events WHERE request_id = ANY(%s)"
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'scoreboard'"

Row = tuple[str, int]


@dataclass(frozen=True)
class Resources:
    """What a server process uses."""

    descriptors: int
    threads: int
    backends: int
    memory: int

    @classmethod
    def of(cls, server: OnePort, postgres: OwnPostgres) -> Self:
        process = Path(f"/proc/{server.pid}")
        status = dict(re.findall(r"^(\w+):\s+(\d+)", (process / "status").read_text(), re.MULTILINE))
        backends = postgres.rows(BACKENDS)[0][0]
        descriptors = len(list((process / "fd").iterdir()))
        return cls(descriptors, int(status["Threads"]), backends, int(status["VmRSS"]) * 1024)

    def is_back_at(self, before: "Resources") -> bool:
        return (
            self.descriptors <= before.descriptors + SPARE_DESCRIPTORS
            and self.threads <= before.threads + SPARE_THREADS
            and self.backends <= before.backends + SPARE_BACKENDS
            and self.memory <= before.memory + SPARE_MEMORY
        )


class Invariants:
    """Of servers on one PostgreSQL, each with someone who watches its live board.

    `seconds_to_agree` is how long sockets, boards and ranks took to agree with PostgreSQL after the last check began.
    """

    def __init__(self, postgres: OwnPostgres, servers: Sequence[OnePort], watchers: Sequence[Watcher]) -> None:
        self._postgres = postgres
        self._servers = servers
        self._watchers = watchers
        self._before = {server.port: Resources.of(server, postgres) for server in servers if server.is_running}
        self.seconds_to_agree = 0.0

    def check(self, *played: Played) -> None:
        """All of them. Call it when no more actions come."""
        self.check_ledger()
        for each in played:
            self.check_answers(each)
        self.check_boards()
        self.check_logs()
        self.check_resources()

    def check_ledger(self) -> None:
        """Scores are the sums of their events, and each request has one event."""
        for trouble, query in LEDGER.items():
            assert self._postgres.rows(query) == [], trouble

    def check_answers(self, played: Played) -> None:
        """What was answered as recorded is recorded, as the action that was named. Nothing failed in another way."""
        assert played.asked.keys() == played.succeeded.keys()
        recorded = dict(self._postgres.rows(ACTIONS, list(played.asked)))
        assert recorded == played.succeeded
        assert played.errors.keys() <= UNAVAILABLE, played.errors
        assert played.odd == []

    def check_boards(self) -> None:
        """Each server's open sockets, cached board, deep page and ranks agree with PostgreSQL soon."""
        began = time.monotonic()
        truth = self._postgres.rows(BOARD)
        for watcher in self._watchers:
            wait_for(lambda watcher=watcher: watcher.board == truth[:100], seconds=PATIENCE_SECONDS)  # type: ignore[misc]
        for server in self._servers:
            with Game(server.address) as game:
                wait_for(lambda game=game: self._agrees(game), seconds=PATIENCE_SECONDS)  # type: ignore[misc]
        self.seconds_to_agree = time.monotonic() - began

    def check_logs(self) -> None:
        """No traceback, and nothing that was answered with 500."""
        for server in self._servers:
            found = re.search(r".*(Traceback|exc_info|SYSTEM_ERROR|never retrieved).*", server.log.read_text())
            assert found is None, found[0][:2000]

    def check_resources(self) -> None:
        """Descriptors, threads, backends and memory are back where they were."""
        for server in self._servers:
            if before := self._before.get(server.port):
                wait_for(lambda: Resources.of(server, self._postgres).is_back_at(before))  # noqa: B023

    def _agrees(self, game: Game) -> bool:
        truth: list[Row] = self._postgres.rows(BOARD)
        shown = [_row(row) for row in game.board(100)]
        if shown != truth[:100] or [_row(row) for row in game.board(10)] != truth[:10]:
            return False
        deep = [_row(row) for row in game.board(50, offset=60)]
        middle = truth[len(truth) // 2][0] if truth else ""
        rank = game.get(f"users/{middle}/scores").data["rank"] if truth else 1
        return deep == truth[60:110] and rank == len(truth) // 2 + 1


@contextmanager
def keeping_invariants(postgres: OwnPostgres, *servers: OnePort) -> Iterator[Invariants]:
    """What holds now must hold at each check within the block."""
    with ExitStack() as stack:
        yield Invariants(postgres, servers, [stack.enter_context(watching(server)) for server in servers])


def _row(row: dict[str, Any]) -> Row:
    return row["userId"], row["score"]
