"""The rules of an action type hold for every way by which an action comes, and for all processes together."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from action_types.models import ActionType
from live.tests.sockets import LiveClient, order
from scoreboard_project.testing.cast import ANA, BOB, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import in_threads
from scores.models import ActionTally, ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index
from scores.trust.quarantine import HeldSelection, approve_held

REFUSAL = {"rule": "maxEver", "limit": 7, "retryAfter": None}


def put(server: OnePort, number: int) -> Any:
    with Game(server.address) as game:
        return game.update(ANA, {"actionType": "DAILY_BONUS"}, x_request_id=f"r{number}").body


def batch(server: OnePort, number: int) -> Any:
    item = {"userId": "ana", "requestId": f"r{number}", "actionType": "DAILY_BONUS"}
    with Game(server.address) as game:
        return game.batch([item]).data["results"][0]


def socket(server: OnePort, number: int) -> Any:
    with LiveClient(server, ANA) as live:
        return live.act(f"r{number}", "DAILY_BONUS")


WAYS: tuple[Callable[[OnePort, int], Any], ...] = (put, batch, socket)


@pytest.fixture
def servers(own_server: Callable[..., OnePort]) -> list[OnePort]:
    """Two processes on one database."""
    limits = {"LIVE_SOCKETS_PER_USER": "0", "BATCH_CALLS_PER_MINUTE": "0", "RECONCILE_SECONDS": "0"}
    return [own_server(**limits), own_server(**limits)]


def test_a_limit_is_exact_whatever_comes_at_once(servers: list[OnePort]) -> None:
    # The processes have seen this type without rules.
    for number, server in enumerate(servers):
        assert put(server, 1000 + number)["data"]["newScore"] == 50 * (number + 1)
    ActionType.objects.filter(pk="DAILY_BONUS").update(max_ever=7)

    def send(number: int) -> Any:
        return WAYS[number % 3](servers[number // 3 % 2], number)

    answers = in_threads(send, range(200), threads=32)
    refused = [answer["error"] for answer in answers if "error" in answer]
    assert len(answers) - len(refused) == 5
    assert Counter(error["code"] for error in refused) == {"ACTION_NOT_ALLOWED": 195}
    assert all(error["details"] == REFUSAL for error in refused)
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == 7
    user = UserScore.objects.get()
    assert (user.current_score, user.total_actions, user.version) == (350, 7, 7)
    assert ActionTally.objects.get().total == 7
    assert check_rank_index().is_clean


def test_limits_of_many_users_hold_under_mixed_batches(servers: list[OnePort]) -> None:
    ActionType.objects.filter(pk="DAILY_BONUS").update(max_per_day=2)
    ActionType.objects.filter(pk="STREAK_BONUS").update(cooldown_seconds=3600)
    kinds = ("DAILY_BONUS", "LEVEL_COMPLETE", "STREAK_BONUS")
    players = [Player(f"u{number}", f"User {number}") for number in range(20)]

    def send(number: int) -> Any:
        items = [
            {"userId": player.user_id, "requestId": f"b{number}-{kind}", "actionType": kind}
            for player in (players if number % 2 else reversed(players))
            for kind in kinds
        ]
        with Game(servers[number % 4 // 2].address) as game:
            return game.batch(items).data["results"]

    in_threads(send, range(12), threads=6)
    counts = Counter(ScoreEvent.objects.values_list("user_id", "action_type"))
    assert counts == {
        (player.user_id, kind): count
        for player in players
        for kind, count in (("DAILY_BONUS", 2), ("LEVEL_COMPLETE", 12), ("STREAK_BONUS", 1))
    }
    assert check_rank_index().is_clean


def test_a_servers_token_may_report_a_servers_type_in_every_way(one_port: OnePort) -> None:
    ActionType.objects.filter(pk="DAILY_BONUS").update(server_only=True)
    assert put(one_port, 1)["error"]["details"]["rule"] == "serverOnly"
    assert socket(one_port, 2)["error"]["details"]["rule"] == "serverOnly"
    assert batch(one_port, 3)["status"] == "applied"
    trusted = ANA.bearer("scores:write:any")
    with Game(one_port.address) as game, LiveClient(one_port, None, **trusted) as live:
        assert game.update(ANA, {"actionType": "DAILY_BONUS"}, **trusted).status == 200
        assert live.act("r4", "DAILY_BONUS")["type"] == "action_result"


def test_a_held_action_is_pending_whatever_way_it_comes_and_changes_no_board(servers: list[OnePort]) -> None:
    ActionType.objects.filter(pk="DAILY_BONUS").update(hold_scores=True)
    with LiveClient(servers[0], BOB) as watching:
        assert order(watching.subscribe(10)) == []
        answers = in_threads(lambda number: WAYS[number % 3](servers[number % 2], number), range(30), threads=16)
        data = [answer.get("data", answer) for answer in answers]
        assert [(each["status"], each["newScore"], each["newRank"]) for each in data] == [("pending", 0, None)] * 30
        BOB.act()
        assert order(watching.board()) == ["bob"]
        assert approve_held(HeldSelection(user_id="ana"), reason="fair play").actions == 30
        assert order(watching.board())[0] == "ana"
    assert UserScore.objects.get(pk="ana").current_score == 1500
