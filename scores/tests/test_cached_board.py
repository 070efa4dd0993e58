"""The cached boards: never older than an answered write, loaded once, and dropped if they are not valid."""

import threading

import msgspec
import pytest

from action_types.models import ActionType
from leaderboard import board_cache, metrics
from leaderboard.board_cache import BoardCache
from leaderboard.board_keys import BoardKeys
from leaderboard.types import Board
from scoreboard_project.runtime.flows.flow import Flow, run
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.threads import in_threads, started
from scores.selectors.boards import TopBoard, load_board

KEYS = BoardKeys()


def cached(size: int) -> bytes | None:
    return redis.get(KEYS.leaderboard(size))


def loads() -> float:
    return float(metrics.loaded_board_reads._value.get())


def test_a_reader_that_loaded_before_a_commit_never_caches_its_board_after_it(game: Game, ana: Player) -> None:
    has_read, may_go_on = threading.Event(), threading.Event()

    def slow_load(size: int) -> Flow[Board]:
        board = yield from load_board(size)
        has_read.set()
        assert may_go_on.wait(10)
        return board

    answer = started(lambda: run(BoardCache().load(10, slow_load)))
    assert has_read.wait(10)
    game.update(ana)
    may_go_on.set()
    assert answer().rows == ()
    assert cached(10) is None
    assert [row["userId"] for row in game.board()] == ["ana"]


def test_a_change_that_a_board_cannot_show_leaves_it_alone(game: Game) -> None:
    for player in crowd(12):
        player.act("BOSS_DEFEAT")
    newcomer = Player("newcomer", "Newcomer")
    game.board(limit=10)
    kept = cached(10)
    assert kept
    newcomer.act("DAILY_BONUS")
    assert cached(10) == kept


def test_a_climb_drops_every_board_that_it_ends_on(game: Game) -> None:
    players = crowd(30)
    for player in players:
        player.act("CHALLENGE_WIN")
    for size in (10, 25, 50, 100):
        game.board(limit=size)
    players[14].act("DAILY_BONUS")  # from rank 15 to rank 1: on every board
    assert {size: cached(size) is None for size in (10, 25, 50, 100)} == dict.fromkeys((10, 25, 50, 100), True)


def test_a_fall_drops_the_boards_that_the_user_was_on(game: Game) -> None:
    ActionType.objects.filter(pk="DAILY_BONUS").update(score_value=-400)
    players = crowd(30)
    for player in players:
        player.act("CHALLENGE_WIN")
    for size in (10, 25):
        game.board(limit=size)
    players[2].act("DAILY_BONUS")  # from rank 3 to rank 30
    assert cached(10) is None
    assert [row["userId"] for row in game.board(limit=10)] == [
        player.user_id for player in players[:11] if player is not players[2]
    ]


@pytest.mark.parametrize(
    "junk", [b"", b"junk", b"[]", b"{}", b'{"rows": [[1]]}', msgspec.json.encode({"rows": 1}), b"\xff"]
)
def test_junk_is_dropped_and_loaded_again(game: Game, ana: Player, junk: bytes) -> None:
    game.update(ana)
    redis.set(KEYS.leaderboard(10), junk)
    assert [row["userId"] for row in game.board()] == ["ana"]
    assert cached(10) != junk


def test_a_key_of_another_kind_is_no_board(game: Game, ana: Player) -> None:
    game.update(ana)
    redis.delete(KEYS.leaderboard(10))
    redis.execute("LPUSH", KEYS.leaderboard(10), "x")
    assert [row["userId"] for row in game.board()] == ["ana"]


def test_many_readers_of_a_cold_board_load_it_once(game: Game, ana: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_cache, "WAIT_FOR_LOADER_SECONDS", 20.0)  # enough on a busy machine
    game.update(ana)
    before = loads()
    boards = in_threads(lambda _: TopBoard(100).ask()[0], range(16))
    assert {board.rows[0].user_id for board in boards} == {"ana"}
    assert loads() - before <= 2


def test_it_lives_thirty_seconds_and_is_json(game: Game, ana: Player) -> None:
    game.update(ana)
    game.board()
    assert 0 < redis.execute("TTL", KEYS.leaderboard(10)) <= 30
    content = cached(10)
    assert content
    assert msgspec.json.decode(content)["rows"][0][:3] == ["ana", "Ana", 150]


def test_a_limit_between_is_cut_from_the_next_larger_board(game: Game) -> None:
    for player in crowd(12):
        player.act()
    assert len(game.board(limit=11)) == 11
    assert cached(25)
    assert cached(10) is None
