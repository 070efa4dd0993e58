"""Actions by websocket that are under way together: each is answered once, or the socket closes; all of them count."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest

from live.sockets.actions import MAX_UNANSWERED_ACTIONS
from live.sockets.outbox import MAX_PENDING_REPLIES
from live.tests.raw_socket import RawSocket, frame, handshake
from live.tests.sockets import Frame, LiveClient
from scoreboard_project.testing.cast import ANA, BOB, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.api_server import database_address
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import in_threads, started
from scoreboard_project.testing.waiting import someone_waits_for_a_lock, wait_for
from scoreboard_project.tokens.tokens import issue_access_token
from scores.models import ScoreEvent, UserScore

PING = {"type": "ping"}
BAD = {"type": "submit_action", "data": {"requestId": "bad", "actionType": "LEVEL_SKIPPED", "more": 1}}
TEXT = 1


@contextmanager
def locked(player: Player) -> Iterator[None]:
    """Let every write of this player wait until the block ends."""
    with psycopg.connect(database_address()) as holder:
        holder.execute("SELECT FROM users_scores WHERE user_id = %s FOR UPDATE", [player.user_id])
        yield


def id_of(answer: Frame) -> str:
    found: str = answer["data"]["requestId"] if answer["type"] == "action_result" else answer["requestId"]
    return found


def answers(live: LiveClient, count: int) -> dict[str, Frame]:
    """The next answers by request id; each must come once."""
    found = [live.receive() for _ in range(count)]
    assert len({id_of(answer) for answer in found}) == count
    return {id_of(answer): answer for answer in found}


def test_actions_at_once_are_each_answered_under_their_id(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        for number in range(10):
            live.submit(f"run-{number}", "LEVEL_COMPLETE" if number % 2 else "DAILY_BONUS")
        found = answers(live, 10)
        assert live.until_quiet() == []
    worth = {number: found[f"run-{number}"]["data"]["scoreIncrement"] for number in range(10)}
    assert worth == {number: 150 if number % 2 else 50 for number in range(10)}
    assert UserScore.objects.get().current_score == 1000


def test_one_id_at_once_from_sockets_and_requests_counts_once(one_port: OnePort) -> None:
    def by_socket(_: int) -> str:
        with LiveClient(one_port, ANA) as live:
            action_id: str = live.act("run-1")["data"]["actionId"]
            return action_id

    def by_request(_: int) -> str:
        with Game(one_port.address) as game:
            action_id: str = game.update(ANA, idempotency_key="run-1").data["actionId"]
            return action_id

    work = [by_socket, by_request] * 4
    found = in_threads(lambda at: work[at](at), range(8), threads=8)
    assert len(set(found)) == 1
    assert (ScoreEvent.objects.count(), UserScore.objects.get().current_score) == (1, 150)


def test_an_answer_overtakes_an_action_that_waits(one_port: OnePort) -> None:
    ANA.act()
    with LiveClient(one_port, ANA) as live:
        with locked(ANA):
            live.submit("waits")
            wait_for(someone_waits_for_a_lock)
            assert live.ask(PING) == {"type": "pong"}
            live.authenticate(BOB)
            assert live.act("overtakes")["data"]["newScore"] == 150
        waited = live.receive()
    assert (waited["data"]["requestId"], waited["data"]["newScore"]) == ("waits", 300)
    assert UserScore.objects.get(user_id="ana").current_score == 300


def test_an_action_that_waits_too_long_is_refused_and_did_not_count(own_server: Callable[..., OnePort]) -> None:
    server = own_server(DATABASE_LOCK_TIMEOUT_MS="300")
    ANA.act()
    with LiveClient(server, ANA) as live, locked(ANA):
        answer = live.act("run-1")
        assert answer["error"]["code"] == "DATABASE_UNAVAILABLE"
    assert UserScore.objects.get().current_score == 150


def test_more_unanswered_actions_than_a_socket_may_have_are_refused_at_once(own_server: Callable[..., OnePort]) -> None:
    server = own_server(DATABASE_LOCK_TIMEOUT_MS="0")
    ANA.act()
    with LiveClient(server, ANA) as live:
        with locked(ANA):
            for number in range(MAX_UNANSWERED_ACTIONS + 3):
                live.submit(f"run-{number}")
            refused = answers(live, 3)
        assert {answer["error"]["code"] for answer in refused.values()} == {"OVERLOADED"}
        assert refused.keys() == {f"run-{MAX_UNANSWERED_ACTIONS + more}" for more in range(3)}
        done = answers(live, MAX_UNANSWERED_ACTIONS)
        assert {answer["type"] for answer in done.values()} == {"action_result"}
        assert live.act("another")["type"] == "action_result"
    assert UserScore.objects.get().total_actions == 1 + MAX_UNANSWERED_ACTIONS + 1


def test_the_answers_of_all_unanswered_actions_fit_into_an_outbox() -> None:
    assert MAX_UNANSWERED_ACTIONS < MAX_PENDING_REPLIES


def test_updates_by_socket_and_by_request_share_the_users_limit(own_server: Callable[..., OnePort]) -> None:
    server = own_server(SCORE_UPDATES_PER_MINUTE="3")
    with LiveClient(server, ANA) as live, LiveClient(server, ANA) as other, Game(server.address) as game:
        live.act("run-1")
        other.act("run-2")
        assert game.update(ANA).status == 200
        answer = live.act("run-4")
        assert (answer["error"]["code"], answer["requestId"]) == ("RATE_LIMIT_EXCEEDED", "run-4")
        assert answer["error"]["details"]["limit"] == 3
        assert answer["error"]["details"]["retryAfter"] > 0
        assert live.ask(PING) == {"type": "pong"}
    assert UserScore.objects.get().total_actions == 3


def test_actions_that_count_are_not_messages(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        for number in range(60):
            assert live.act(f"run-{number}")["type"] == "action_result"
        for _ in range(20):
            assert live.ask(PING) == {"type": "pong"}
    assert UserScore.objects.get().total_actions == 60


@pytest.mark.parametrize("limit", ["0", "1"])
def test_a_flood_of_refused_actions_closes_the_socket(own_server: Callable[..., OnePort], limit: str) -> None:
    server = own_server(SCORE_UPDATES_PER_MINUTE=limit)
    # With a limit of one, well-formed actions are refused too.
    flood = BAD if limit == "0" else {"type": "submit_action", "data": {"requestId": "x", "actionType": "DAILY_BONUS"}}
    with LiveClient(server, ANA) as live:
        for _ in range(20 + int(limit)):
            live.ask(flood)
        live.send(flood)
        assert live.close_code() == 4429


def test_zero_means_no_limit_of_actions_and_messages(own_server: Callable[..., OnePort]) -> None:
    server = own_server(SCORE_UPDATES_PER_MINUTE="0", LIVE_MESSAGES_PER_10_SECONDS="0")
    with LiveClient(server, ANA) as live:
        assert [live.ask(BAD)["type"] for _ in range(60)] == ["error"] * 60
        assert [live.act(f"run-{number}")["type"] for number in range(150)] == ["action_result"] * 150


def test_an_action_of_a_token_that_expires_meanwhile_counts_and_the_socket_is_closed(one_port: OnePort) -> None:
    ANA.act()
    token = issue_access_token(user_id="ana", username="Ana", lifetime=2)
    with LiveClient(one_port, query=f"?token={token}") as live:
        with locked(ANA):
            live.submit("run-1")
            assert live.close_code() == 4401
        wait_for(lambda: UserScore.objects.get().total_actions == 2)
    with LiveClient(one_port, ANA) as live:
        assert live.act("run-1")["replayed"] is True


def test_a_client_that_leaves_does_not_undo_its_action(one_port: OnePort) -> None:
    ANA.act()
    with locked(ANA):
        with RawSocket(one_port) as raw:
            assert raw.upgrade(handshake(one_port, ANA)) == 101
            data = {"requestId": "run-1", "actionType": "LEVEL_COMPLETE"}
            raw.socket.sendall(frame(TEXT, json.dumps({"type": "submit_action", "data": data}).encode()))
            wait_for(someone_waits_for_a_lock)
            raw.abort()
        wait_for(lambda: one_port.metric("scoreboard_live_sockets") == 0)
    wait_for(lambda: UserScore.objects.get().total_actions == 2)
    assert not re.search("Traceback|Exception", one_port.log.read_text())


def test_a_client_that_does_not_read_its_answers_is_closed(own_server: Callable[..., OnePort]) -> None:
    server = own_server(LIVE_MESSAGES_PER_10_SECONDS="0")
    # Its refusal names the unknown fields, and so is large.
    data = {"requestId": "run-1", "actionType": "X", **{f"{number:03d}" + "x" * 97: 1 for number in range(20)}}
    text = frame(TEXT, json.dumps({"type": "submit_action", "data": data}).encode())
    with RawSocket(server) as raw:
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert raw.upgrade(handshake(server, ANA)) == 101
        with suppress(OSError):
            for _ in range(10_000):
                raw.socket.sendall(text)
        wait_for(lambda: server.metric('scoreboard_live_closed_total{code="4408"}') == 1)


def test_a_stop_answers_the_actions_under_way_before_it_says_goodbye(own_server: Callable[..., OnePort]) -> None:
    server = own_server()
    ANA.act()
    with LiveClient(server, ANA) as live, LiveClient(server, BOB) as idle:
        with locked(ANA):
            live.submit("run-1")
            wait_for(someone_waits_for_a_lock)
            code = started(server.stop)
            time.sleep(0.3)
        assert live.receive()["data"]["newScore"] == 300
        assert live.receive()["type"] == idle.receive()["type"] == "reconnect"
        assert live.close_code() == idle.close_code() == 1001
    code()


def test_a_stop_does_not_wait_for_long(own_server: Callable[..., OnePort]) -> None:
    server = own_server(DATABASE_LOCK_TIMEOUT_MS="0")
    ANA.act()
    with LiveClient(server, ANA) as live, locked(ANA):
        live.submit("run-1")
        wait_for(someone_waits_for_a_lock)
        asked = time.monotonic()
        code = started(server.stop)
        assert live.close_code() == 1001
        assert time.monotonic() - asked < 5
    code()


def test_the_log_names_each_frame_by_an_id_of_its_own(own_server: Callable[..., OnePort]) -> None:
    server = own_server(LOG_LEVEL="info")
    with LiveClient(server, ANA) as live:
        live.act("run-1")
        live.act("run-2")
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if '"score changed"' in line]
    assert [line["idempotencyId"] for line in lines] == ["run-1", "run-2"]
    assert len({line["requestId"] for line in lines}) == 2
    assert all(re.fullmatch(r"api_\d+_[0-9a-f-]{36}", line["requestId"]) for line in lines)
    assert [(line["userId"], line["ipAddress"]) for line in lines] == [("ana", "127.0.0.1")] * 2
