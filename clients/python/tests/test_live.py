"""Live boards of both clients: at once, on every change, and after a restart of the server."""

import asyncio
import threading
from urllib.parse import urlsplit

import pytest

from running_server import RunningServer
from scoreboard_client import AsyncScoreboard, Backoff, InvalidToken, LivePolicy, Scoreboard

QUICK = LivePolicy(backoff=Backoff(base_seconds=0.02, cap_seconds=0.2))


def test_the_board_comes_at_once_and_on_every_change(server: RunningServer) -> None:
    player = server.player()
    with Scoreboard(server.url, token=player.token) as client, client.live(limit=100) as boards:
        next(boards)
        for _ in range(12):  # enough points to enter the board
            client.update("BOSS_DEFEAT")
        for board in boards:
            if any((entry.user_id, entry.score) == (player.user_id, 12_000) for entry in board.leaderboard):
                break


async def test_the_same_without_blocking(server: RunningServer) -> None:
    player = server.player()
    async with AsyncScoreboard(server.url, token=player.token) as client, client.live(limit=100) as boards:
        await anext(boards)
        await client.update("BOSS_DEFEAT")
        async with asyncio.timeout(5):
            async for board in boards:
                if player.user_id in {entry.user_id for entry in board.leaderboard}:
                    break


def test_close_ends_the_iteration_from_another_thread(server: RunningServer) -> None:
    with Scoreboard(server.url, token=server.player().token) as client:
        boards = client.live()
        next(boards)
        threading.Timer(0.2, boards.close).start()
        assert list(boards) == []


async def test_cancelling_closes_the_socket(server: RunningServer) -> None:
    async with AsyncScoreboard(server.url, token=server.player().token) as client:
        boards = client.live()
        await anext(boards)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(boards)
        await boards.aclose()


def test_an_invalid_token_ends_the_iteration(server: RunningServer) -> None:
    with Scoreboard(server.url, token="x.y.z") as client, pytest.raises(InvalidToken):
        next(client.live())


def test_it_reconnects_after_a_restart_of_the_server(server: RunningServer) -> None:
    player = server.player()
    with server.installation.serve() as url:
        client = Scoreboard(url, token=player.token, live=QUICK)
        boards = client.live(limit=100)
        next(boards)
    with server.installation.serve(urlsplit(url).port or 0):
        for _ in range(12):  # who has few points may not be on the board yet
            client.update("BOSS_DEFEAT")
        assert any(entry.user_id == player.user_id for board in boards for entry in board.leaderboard)
        boards.close()
        client.close()
