"""Redis refuses what we need of it, behind two real servers: boards and ranks go on, and heal by themselves."""

import re
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from leaderboard.board_keys import BoardKeys
from leaderboard.rank_index import RankIndex
from live.tests.sockets import LiveClient, order
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.servers.refusals import refusing
from scoreboard_project.testing.waiting import wait_for
from scores.ranks.drift import check_rank_index

pytestmark = pytest.mark.faults

WATCHER = Player("watcher", "Watcher")
# A look of each process, and the little that it does then.
A_LOOK_SECONDS = 2.5
HEALED_SECONDS = 5.0


@pytest.fixture
def servers(own_server: Callable[..., OnePort]) -> list[OnePort]:
    """Two on the same stores, with the default times."""
    return [own_server(), own_server()]


@pytest.fixture
def game(servers: list[OnePort]) -> Iterator[Game]:
    """Plays on the first server: Ana 1000, Bob 500."""
    with Game(servers[0].address) as found:
        found.update(ANA, {"actionType": "BOSS_DEFEAT"})
        found.update(BOB, {"actionType": "CHALLENGE_WIN"})
        yield found


@pytest.fixture
def other(servers: list[OnePort]) -> Iterator[Game]:
    """Looks on at the second server."""
    with Game(servers[1].address) as found:
        found.board()
        yield found


def ready(server: OnePort) -> tuple[str, str]:
    body = httpx.get(f"{server.address}/readyz").json()
    return body["status"], body["parts"]["redis"].get("reason", "")


def rank(game: Game, user_id: str) -> int:
    found: int = game.get(f"users/{user_id}/scores").data["rank"]
    return found


def noteworthy(server: OnePort) -> list[str]:
    """What a server logged of ranks and Redis."""
    return [line for line in server.log.read_text().splitlines() if '"scoreboard.' in line]


def test_boards_move_and_ranks_are_true_on_every_server_while_redis_refuses_and_heal_soon_after(
    servers: list[OnePort], game: Game, other: Game
) -> None:
    with LiveClient(servers[1], WATCHER) as live:
        assert order(live.subscribe(10)) == ["ana", "bob"]
        with refusing("no replica"):
            started = time.monotonic()
            assert game.update(BOB, {"actionType": "BOSS_DEFEAT"}).data["newRank"] == 1
            assert rank(game, "bob") == 1
            assert order(live.board()) == ["bob", "ana"]
            wait_for(lambda: rank(other, "bob") == 1, seconds=A_LOOK_SECONDS)
            wait_for(lambda: [row["userId"] for row in other.board()] == ["bob", "ana"], seconds=A_LOOK_SECONDS)
            assert time.monotonic() - started < A_LOOK_SECONDS
            assert game.update(CAROL, {"actionType": "DAILY_BONUS"}).data["newRank"] == 3
            assert order(live.board()) == ["bob", "ana", "carol"]
            for server in servers:
                wait_for(lambda server=server: ready(server)[0] == "degraded", seconds=A_LOOK_SECONDS)  # type: ignore[misc]
                assert "NOREPLICAS" in ready(server)[1]
                assert server.metric("scoreboard_rank_index_believed") == 0
        wait_for(lambda: all(ready(server) == ("ready", "") for server in servers), seconds=HEALED_SECONDS)
        assert RankIndex().ranks_of(["bob", "ana", "carol"]) == {"bob": 1, "ana": 2, "carol": 3}
        assert check_rank_index().is_clean
        game.update(CAROL, {"actionType": "BOSS_DEFEAT"})
        assert order(live.board()) == ["bob", "carol", "ana"]
    for server in servers:
        assert server.metric("scoreboard_rank_index_believed") == 1
        lines = noteworthy(server)
        assert 2 <= len(lines) <= 4, lines
        assert not re.search("Traceback|exc_info", server.log.read_text())


def test_a_command_that_is_refused_is_said_once_and_no_ticket_is_issued(
    own_server: Callable[..., OnePort], scoreboard: None
) -> None:
    with refusing("no GETDEL and LPOP"):
        server = own_server()
        with Game(server.address) as game:
            wait_for(lambda: ready(server) == ("degraded", "Redis refuses LPOP, GETDEL (NOPERM)"))
            assert game.update(ANA).data["newRank"] == 1
            assert game.update(BOB, {"actionType": "BOSS_DEFEAT"}).data["newRank"] == 1
            assert [row["userId"] for row in game.board()] == ["bob", "ana"]
            assert rank(game, "ana") == 2
            assert game.send("POST", "live/ticket", headers=ANA.bearer()).failed_with(503, "CACHE_UNAVAILABLE")
            with LiveClient(server, WATCHER) as live:
                assert order(live.subscribe(10)) == ["bob", "ana"]
                game.update(ANA, {"actionType": "BOSS_DEFEAT"})
                assert order(live.board()) == ["ana", "bob"]
            time.sleep(A_LOOK_SECONDS)
            assert len(noteworthy(server)) == 1, noteworthy(server)
    wait_for(lambda: ready(server) == ("ready", ""), seconds=HEALED_SECONDS)


def test_a_part_of_the_index_that_goes_is_noticed_within_a_look(
    servers: list[OnePort], game: Game, other: Game
) -> None:
    redis.delete(BoardKeys().ranks)
    wait_for(lambda: check_rank_index().is_clean and RankIndex().is_ready(), seconds=A_LOOK_SECONDS)
    assert game.update(CAROL, {"actionType": "DAILY_BONUS"}).data["newRank"] == 3
    assert rank(other, "carol") == 3
