"""Actions over the live connection of both clients: answered, refused, and sent again on a new connection."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.sync.server import ServerConnection, serve

from running_server import RunningServer
from scoreboard_client import (
    AsyncScoreboard,
    Backoff,
    IdempotencyKeyReused,
    InvalidActionType,
    InvalidToken,
    LivePolicy,
    PayloadTooLarge,
    RateLimitExceeded,
    Scoreboard,
    ScoreUpdate,
    TransportError,
)

QUICK = LivePolicy(backoff=Backoff(base_seconds=0.02, cap_seconds=0.2))
RESULT = {
    "actionId": "action_1",
    "newScore": 150,
    "scoreIncrement": 150,
    "newRank": 1,
    "previousRank": None,
    "actionType": "LEVEL_COMPLETE",
    "processedAt": "2024-01-15T10:30:00Z",
}


@contextmanager
def fake_server(answer: Callable[[ServerConnection, int, dict[str, Any]], None]) -> Iterator[str]:
    """A server whose `answer` gets the socket, its number from 0, and each action that is submitted."""
    sockets: list[ServerConnection] = []

    def handle(socket: ServerConnection) -> None:
        sockets.append(socket)
        number = len(sockets) - 1
        for text in socket:
            frame = json.loads(text)
            if frame["type"] == "submit_action":
                answer(socket, number, frame["data"])

    with serve(handle, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()


def succeed(socket: ServerConnection, request_id: str) -> None:
    socket.send(json.dumps({"type": "action_result", "data": {**RESULT, "requestId": request_id}}))


def test_an_action_is_answered_and_a_repeat_is_a_replay(server: RunningServer) -> None:
    player = server.player()
    with Scoreboard(server.url, token=player.token) as client, client.live() as boards:
        first = boards.submit_action("LEVEL_COMPLETE", {"level": 5}, request_id="run-1")
        again = boards.submit_action("LEVEL_COMPLETE", {"level": 5}, request_id="run-1")
        assert (first.new_score, first.request_id, first.replayed) == (150, "run-1", False)
        assert (again.action_id, again.replayed) == (first.action_id, True)
        assert boards.submit_action("LEVEL_COMPLETE").new_score == 300
        assert [event.metadata for event in client.history(player.user_id)][-1] == {"level": 5}


async def test_the_same_without_blocking_and_at_once(server: RunningServer) -> None:
    async with AsyncScoreboard(server.url, token=server.player().token) as client, client.live() as boards:
        updates = await asyncio.gather(*(boards.submit_action("LEVEL_COMPLETE") for _ in range(8)))
        assert sorted(update.new_score for update in updates) == [150 * number for number in range(1, 9)]
        assert (await boards.submit_action("LEVEL_COMPLETE", request_id=updates[0].request_id)).replayed
        assert await anext(boards)


def test_a_refusal_is_an_exception_with_the_id_and_the_connection_goes_on(server: RunningServer) -> None:
    with Scoreboard(server.url, token=server.player().token) as client, client.live() as boards:
        with pytest.raises(InvalidActionType) as refused:
            boards.submit_action("NOPE", request_id="run-1")
        assert refused.value.idempotency_key == "run-1"
        boards.submit_action("LEVEL_COMPLETE", request_id="run-1")
        with pytest.raises(IdempotencyKeyReused):
            boards.submit_action("BOSS_DEFEAT", request_id="run-1")
        assert next(boards)


async def test_a_refusal_without_blocking(server: RunningServer) -> None:
    async with AsyncScoreboard(server.url, token=server.player().token) as client, client.live() as boards:
        with pytest.raises(InvalidActionType) as refused:
            await boards.submit_action("NOPE", request_id="run-1")
        assert refused.value.idempotency_key == "run-1"
        assert (await boards.submit_action("LEVEL_COMPLETE")).new_score == 150


def test_the_rate_limit_says_how_long_to_wait(server: RunningServer) -> None:
    with Scoreboard(server.url, token=server.player().token) as client, client.live() as boards:
        for _ in range(20):
            boards.submit_action("LEVEL_COMPLETE")
        with pytest.raises(RateLimitExceeded) as refused:
            boards.submit_action("LEVEL_COMPLETE")
    assert refused.value.retry_after
    assert refused.value.is_temporary


def test_threads_submit_while_another_iterates(server: RunningServer) -> None:
    player = server.player()
    with Scoreboard(server.url, token=player.token) as client, client.live(limit=100) as boards:
        seen: list[int] = []
        iterating = threading.Thread(target=lambda: seen.extend(board.limit for board in boards))
        iterating.start()
        with ThreadPoolExecutor(4) as pool:
            updates = list(pool.map(lambda _: boards.submit_action("BOSS_DEFEAT"), range(12)))
        assert sorted(update.new_score for update in updates) == [1000 * number for number in range(1, 13)]
        boards.close()
        iterating.join(5)
        assert not iterating.is_alive()
    assert seen


def test_boards_that_came_meanwhile_are_not_lost(server: RunningServer) -> None:
    player = server.player()
    with Scoreboard(server.url, token=player.token) as client, client.live(limit=100) as boards:
        for _ in range(12):  # who has few points may not be on the board
            boards.submit_action("BOSS_DEFEAT")
        for board in boards:
            if any((entry.user_id, entry.score) == (player.user_id, 12_000) for entry in board.leaderboard):
                break


def test_an_action_outlives_a_restart_of_the_server(server: RunningServer) -> None:
    player = server.player()
    with server.installation.serve() as url:
        client = Scoreboard(url, token=player.token, live=QUICK)
        boards = client.live()
        next(boards)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(boards.submit_action, "LEVEL_COMPLETE", timeout=50)
        with server.installation.serve(urlsplit(url).port or 0):
            assert waiting.result(50).new_score == 150
            boards.close()
            client.close()


def test_an_action_whose_answer_was_lost_is_sent_again_under_its_id() -> None:
    sent: list[dict[str, Any]] = []

    def answer(socket: ServerConnection, number: int, action: dict[str, Any]) -> None:
        sent.append(action)
        socket.close() if number == 0 else succeed(socket, action["requestId"])

    with fake_server(answer) as url, Scoreboard(url, token="any", live=QUICK) as client, client.live() as boards:
        assert isinstance(boards.submit_action("LEVEL_COMPLETE", {"level": 5}), ScoreUpdate)
    assert len(sent) == 2
    assert sent[0] == sent[1]


async def test_the_same_without_blocking_from_two_tasks() -> None:
    sent: list[str] = []

    def answer(socket: ServerConnection, number: int, action: dict[str, Any]) -> None:
        sent.append(action["requestId"])
        if number:
            succeed(socket, action["requestId"])
        elif len(sent) == 2:
            socket.close()

    with fake_server(answer) as url:
        async with AsyncScoreboard(url, token="any", live=QUICK) as client, client.live() as boards:
            actions = (boards.submit_action("LEVEL_COMPLETE", request_id=name) for name in ("a", "b"))
            updates = await asyncio.gather(*actions)
    assert [update.request_id for update in updates] == ["a", "b"]
    assert sorted(sent) == ["a", "a", "b", "b"]


def test_answers_in_another_order_find_their_actions() -> None:
    asked: list[str] = []

    def answer(socket: ServerConnection, number: int, action: dict[str, Any]) -> None:
        asked.append(action["requestId"])
        for name in reversed(asked if len(asked) == 3 else []):
            succeed(socket, name)

    with (
        fake_server(answer) as url,
        Scoreboard(url, token="any") as client,
        client.live() as boards,
        ThreadPoolExecutor(3) as pool,
    ):
        updates = list(pool.map(lambda name: boards.submit_action("X", request_id=name), "abc"))
    assert [update.request_id for update in updates] == ["a", "b", "c"]


def test_without_an_answer_it_gives_up_and_names_the_id() -> None:
    with (
        fake_server(lambda *_: None) as url,
        Scoreboard(url, token="any") as client,
        client.live() as boards,
        pytest.raises(TransportError) as caught,
    ):
        boards.submit_action("LEVEL_COMPLETE", request_id="run-1", timeout=0.3)
    assert (caught.value.idempotency_key, caught.value.is_temporary) == ("run-1", True)


async def test_it_gives_up_without_blocking_and_its_id_is_free_again() -> None:
    answered: list[str] = []

    def answer(socket: ServerConnection, number: int, action: dict[str, Any]) -> None:
        answered.append(action["requestId"])
        if len(answered) == 2:
            succeed(socket, action["requestId"])

    with fake_server(answer) as url:
        async with AsyncScoreboard(url, token="any") as client, client.live() as boards:
            with pytest.raises(TransportError):
                await boards.submit_action("LEVEL_COMPLETE", request_id="run-1", timeout=0.3)
            assert (await boards.submit_action("LEVEL_COMPLETE", request_id="run-1")).request_id == "run-1"


def test_the_wait_for_the_next_connection_ends_although_actions_give_up_meanwhile() -> None:
    policy = LivePolicy(backoff=Backoff(base_seconds=1.0, cap_seconds=1.0))
    tries = 0

    def answer(socket: ServerConnection, number: int, action: dict[str, Any]) -> None:
        socket.close() if number == 0 else succeed(socket, action["requestId"])

    with fake_server(answer) as url, Scoreboard(url, token="any", live=policy) as client, client.live() as boards:
        while tries < 50:
            tries += 1
            with suppress(TransportError):
                boards.submit_action("LEVEL_COMPLETE", timeout=0.1)
                break
    assert tries < 30


def test_an_action_that_does_not_fit_into_a_frame_is_not_sent(server: RunningServer) -> None:
    with Scoreboard(server.url, token=server.player().token) as client, client.live() as boards:
        with pytest.raises(PayloadTooLarge):
            boards.submit_action("LEVEL_COMPLETE", {"text": "x" * 4096})
        assert boards.submit_action("LEVEL_COMPLETE").new_score == 150


def test_a_refused_token_fails_the_action(server: RunningServer) -> None:
    with Scoreboard(server.url, token="x.y.z") as client, client.live() as boards:
        with pytest.raises(InvalidToken) as refused:
            boards.submit_action("LEVEL_COMPLETE", request_id="run-1")
        assert refused.value.idempotency_key == "run-1"


def test_after_close_nothing_is_submitted(server: RunningServer) -> None:
    with Scoreboard(server.url, token=server.player().token) as client:
        boards = client.live()
        boards.close()
        with pytest.raises(TransportError):
            boards.submit_action("LEVEL_COMPLETE")
