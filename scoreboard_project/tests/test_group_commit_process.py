"""Processes that share writes among requests: while they stop, when they are killed, and when too many wait."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from scoreboard_project.testing.cast import ANA, Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.pending import send_updates
from scoreboard_project.testing.servers.api_server import database_address, running_server
from scoreboard_project.testing.servers.one_port import running_one_port
from scoreboard_project.testing.threads import in_threads, started
from scoreboard_project.testing.waiting import someone_waits_for_a_lock, wait_for
from scores.models import ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index
from scores.ranks.reconcile import reconcile_rank_index

pytestmark = [pytest.mark.server, pytest.mark.faults]

QUIET = {"RECONCILE_SECONDS": "0", "SCORE_UPDATES_PER_MINUTE": "0"}


@contextmanager
def no_writes() -> Iterator[Callable[[], None]]:
    """No score can be written until the block ends, or until what it yields is called."""
    with psycopg.connect(database_address()) as holder:
        holder.execute("LOCK TABLE users_scores IN SHARE MODE")
        yield holder.rollback
        holder.rollback()


def stored_keys() -> set[str]:
    return set(ScoreRequest.objects.values_list("request_id", flat=True))


def is_stopping(address: str) -> bool:
    try:
        return bool(httpx.get(f"{address}/readyz", timeout=10).json()["status"] == "stopping")
    except httpx.TransportError:
        return True


def test_a_server_that_is_told_to_stop_answers_what_it_has_accepted(scoreboard: None, tmp_path: Path) -> None:
    with running_one_port(tmp_path / "log", **QUIET) as server, no_writes() as allow_writes:
        updates = send_updates(server.address, crowd(12))
        wait_for(someone_waits_for_a_lock)
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: is_stopping(server.address))
        allow_writes()
        answers = {update.key: update.answer() for update in updates}
        server.process.wait(timeout=15)
    assert {status for status, _, _ in answers.values()} <= {200, 503}
    assert {key for key, (status, _, _) in answers.items() if status == 200} == stored_keys() != set()


def test_whoever_waits_in_vain_is_told_so_at_once_and_stores_nothing(scoreboard: None) -> None:
    with (
        running_server(MAX_WAITING_REQUESTS="2", DATABASE_LOCK_TIMEOUT_MS="1000", **QUIET) as address,
        Game(address) as game,
    ):
        with no_writes():
            updates = send_updates(address, crowd(24))
            asked = time.monotonic()
            assert httpx.get(f"{address}/healthz").status_code == 200
            assert time.monotonic() - asked < 2
            answers = {update.key: update.answer() for update in updates}
        refused = {
            key: found for key, found in answers.items() if found[2].get("error", {}).get("code") == "OVERLOADED"
        }
        assert refused
        for status, headers, body in refused.values():
            assert (status, int(headers["retry-after"]) > 0, body["error"]["details"]) == (503, True, {})
        assert not refused.keys() & stored_keys()
        assert game.update(ANA).status == 200


class Load:
    """Players who send updates with ids of their own, one after the other, until the server is gone."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.sent: dict[str, Player] = {}
        self.answered: dict[str, str] = {}

    def play(self, player: Player) -> None:
        with Game(self._address) as game:
            for number in range(10_000):
                key = f"{player.user_id}-{number}"
                self.sent[key] = player
                try:
                    answer = game.update(player, idempotency_key=key)
                except httpx.TransportError:
                    return
                self.answered[key] = answer.data["actionId"]

    def again(self, key: str) -> tuple[str, str]:
        with Game(self._address) as game:
            return key, game.update(self.sent[key], idempotency_key=key).data["actionId"]


def test_what_a_killed_server_answered_is_stored_and_the_rest_counts_once_when_it_is_sent_again(
    scoreboard: None, tmp_path: Path
) -> None:
    with running_one_port(tmp_path / "log", **QUIET) as server:
        load, players = Load(server.address), crowd(12)
        playing = started(lambda: in_threads(load.play, players, threads=12))
        wait_for(lambda: len(load.answered) > 200)
        server.stop(signal.SIGKILL)
        playing()
        events = Counter(ScoreEvent.objects.values_list("request_id", flat=True))
        assert set(events.values()) == {1}
        assert load.answered.keys() <= events.keys() <= load.sent.keys()
        server.start()
        unanswered = load.sent.keys() - load.answered.keys()
        again = dict(in_threads(load.again, [*unanswered, *list(load.answered)[-100:]], threads=12))
    assert {key: again[key] for key in again if key in load.answered}.items() <= load.answered.items()
    assert Counter(ScoreEvent.objects.values_list("request_id", flat=True)) == Counter(load.sent.keys())
    assert {user.user_id: user.current_score for user in UserScore.objects.all()} == {
        user_id: 150 * count for user_id, count in Counter(each.user_id for each in load.sent.values()).items()
    }
    reconcile_rank_index()
    assert check_rank_index().is_clean


def test_a_write_by_one_process_is_on_the_board_of_another_at_once(scoreboard: None, server: str) -> None:
    def play(player: Player) -> list[tuple[int, int]]:
        with Game(server) as here, Game(other) as there:
            pairs = [(here, there), (there, here)] * 6
            return [(writer.update(player).data["newScore"], shown(reader, player)) for writer, reader in pairs]

    def shown(game: Game, player: Player) -> int:
        return next(int(row["score"]) for row in game.board(limit=25) if row["userId"] == player.user_id)

    with running_server() as other:
        for pairs in in_threads(play, crowd(12), threads=12):
            assert [written for written, _ in pairs] == [read for _, read in pairs]
