"""What a subscriber gets: the board at once, then every change of its rows, and nothing else."""

from collections.abc import Iterator

import httpx
import pytest

from live.tests.sockets import LiveClient, order
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import in_threads

WATCHER = Player("watcher", "Watcher")


@pytest.fixture
def game(one_port: OnePort) -> Iterator[Game]:
    """A game that reports its actions to the live server."""
    with Game(one_port.address) as found:
        yield found


def test_the_board_comes_at_once(one_port: OnePort, game: Game) -> None:
    game.update(ANA)
    with LiveClient(one_port, WATCHER) as live:
        board = live.subscribe(25)
    assert board.keys() == {"leaderboard", "limit", "timestamp"}
    assert board["leaderboard"] == [{"rank": 1, "userId": "ana", "username": "Ana", "score": 150}]
    assert (board["limit"], board["timestamp"][-1]) == (25, "Z")


def test_the_default_is_ten_rows(one_port: OnePort) -> None:
    in_threads(Player.act, crowd(12), threads=1)
    with LiveClient(one_port, WATCHER) as live:
        board = live.subscribe()
        assert (board["limit"], len(board["leaderboard"])) == (10, 10)


def test_a_change_inside_the_range_arrives(one_port: OnePort, game: Game) -> None:
    game.update(ANA)
    with LiveClient(one_port, WATCHER) as live:
        live.subscribe(10)
        game.update(ANA)
        assert live.board()["leaderboard"][0]["score"] == 300


def test_a_change_outside_the_range_sends_nothing(one_port: OnePort, game: Game) -> None:
    players = crowd(6)
    in_threads(lambda player: player.act("BOSS_DEFEAT"), players, threads=1)
    with LiveClient(one_port, WATCHER) as five, LiveClient(one_port, WATCHER) as ten:
        five.subscribe(5)
        ten.subscribe(10)
        game.update(ANA)
        assert order(ten.board())[-1] == "ana"
        assert five.until_quiet() == []


def test_entering_the_range_arrives_and_so_does_leaving_it(one_port: OnePort, game: Game) -> None:
    for player in (ANA, BOB):
        game.update(player)
    with LiveClient(one_port, WATCHER) as live:
        assert order(live.subscribe(2)) == ["ana", "bob"]
        game.update(CAROL, {"actionType": "BOSS_DEFEAT"})
        assert order(live.board()) == ["carol", "ana"]


def test_a_new_subscription_replaces_the_old(one_port: OnePort, game: Game) -> None:
    for player in (ANA, BOB):
        game.update(player)
    with LiveClient(one_port, WATCHER) as live:
        live.subscribe(2)
        live.subscribe(1)
        game.update(BOB, {"actionType": "DAILY_BONUS"})
        assert order(live.board()) == ["bob"]
        assert live.until_quiet() == []


def test_nothing_comes_after_unsubscribing(one_port: OnePort, game: Game) -> None:
    with LiveClient(one_port, WATCHER) as live, LiveClient(one_port, WATCHER) as other:
        live.subscribe(10)
        other.subscribe(10)
        live.send({"type": "unsubscribe_leaderboard"})
        assert live.until_quiet() == []
        game.update(ANA)
        assert order(other.board()) == ["ana"]
        assert live.until_quiet() == []


def test_a_new_name_arrives(one_port: OnePort, game: Game) -> None:
    game.update(ANA)
    with LiveClient(one_port, WATCHER) as live:
        live.subscribe(10)
        game.update(Player("ana", "Ana II"))
        assert live.board()["leaderboard"][0]["username"] == "Ana II"


def test_an_update_equals_the_rest_board_of_that_moment(one_port: OnePort, game: Game) -> None:
    with LiveClient(one_port, WATCHER) as live:
        live.subscribe(10)
        for player in (ANA, BOB, CAROL, BOB):
            game.update(player)
            shown = live.board()["leaderboard"]
            board = httpx.get(f"{one_port.address}/api/v1/scoreboard").json()["data"]["leaderboard"]
            assert shown == [{name: row[name] for name in ("rank", "userId", "username", "score")} for row in board]


def test_a_burst_arrives_as_few_boards_and_the_last_is_correct(one_port: OnePort, game: Game) -> None:
    with LiveClient(one_port, WATCHER) as live:
        live.subscribe(10)
        in_threads(lambda _: game.update(ANA), range(200), threads=8)
        boards = [live.board()]
        while boards[-1]["leaderboard"][0]["score"] < 200 * 150:
            boards.append(live.board())
    scores = [board["leaderboard"][0]["score"] for board in boards]
    assert scores == sorted(set(scores))
    assert len(boards) < 100


def test_a_batch_arrives(one_port: OnePort, game: Game) -> None:
    items = [{"userId": player.user_id, "requestId": "r1", "actionType": "BOSS_DEFEAT"} for player in crowd(5)]
    with LiveClient(one_port, WATCHER) as live:
        live.subscribe(3)
        game.batch(items)
        assert order(live.board()) == ["crowd-001", "crowd-002", "crowd-003"]
