"""While PostgreSQL cannot answer, the top of the board is what this process read last, and says so."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from scoreboard_project.runtime import lifecycle
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.api_server import free_port

pytestmark = pytest.mark.faults


@pytest.fixture
def take_postgresql_away(game: Game, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """From the call on, nobody listens where PostgreSQL should be, and Redis is empty."""

    def take_away() -> None:
        redis.execute("FLUSHDB")
        connection.close()
        # The pool has connections that work.
        monkeypatch.setattr(lifecycle, "is_command", True)
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))

    yield take_away
    monkeypatch.undo()


def test_the_last_board_is_shown_and_marked(game: Game, take_postgresql_away: Callable[[], None]) -> None:
    for player in (ANA, BOB):
        game.update(player)
    before = game.get("scoreboard?limit=25").data
    assert "stale" not in before
    take_postgresql_away()
    for limit in (25, 2, 1):
        shown = game.get(f"scoreboard?limit={limit}").data
        assert (shown["stale"], shown["staleSeconds"]) == (True, 0)
        assert shown["leaderboard"] == before["leaderboard"][:limit]
        assert shown["pagination"]["total"] == 2
        assert shown["lastRefresh"] == before["lastRefresh"]
    assert game.get("scoreboard?offset=1&limit=1").data["leaderboard"] == before["leaderboard"][1:]


def test_what_was_never_read_is_unavailable(game: Game, take_postgresql_away: Callable[[], None]) -> None:
    game.board(10)
    take_postgresql_away()
    assert game.get("scoreboard?limit=50").failed_with(503, "DATABASE_UNAVAILABLE")
    assert game.get("scoreboard?limit=10&offset=200").failed_with(503, "DATABASE_UNAVAILABLE")


def test_a_board_that_is_too_old_is_not_shown(
    game: Game, take_postgresql_away: Callable[[], None], settings: Settings
) -> None:
    game.board()
    settings.STALE_BOARD_SECONDS = 0
    take_postgresql_away()
    assert game.get("scoreboard").failed_with(503, "DATABASE_UNAVAILABLE")


def test_it_is_over_when_postgresql_answers_again(
    game: Game, take_postgresql_away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    game.board()
    take_postgresql_away()
    assert game.get("scoreboard").data["stale"]
    monkeypatch.undo()
    game.update(ANA)
    monkeypatch.setattr("scores.selectors.stale_boards.PAUSE_SECONDS", 0.0)
    shown = game.get("scoreboard").data
    assert "stale" not in shown
    assert [row["userId"] for row in shown["leaderboard"]] == ["ana"]
