"""Very many come at once: to a cold board, and again after a restart."""

import asyncio
import time

import httpx
import pytest
from websockets.asyncio.client import connect

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.faults.watcher import SUBSCRIBE
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Play, Saw, Stage

SOCKETS = 5000
ALL_WITHIN_SECONDS = 15.0
STATEMENTS = "SELECT coalesce(sum(xact_commit), 0) FROM pg_stat_database WHERE datname = 'scoreboard'"
# The reconcile pass, the hub and the test itself ask too.
SPARE_STATEMENTS = 400
UNLIMITED = {"LIVE_SOCKETS_PER_ADDRESS": "0", "LIVE_SOCKETS_PER_USER": "0", "LIVE_MAX_SOCKETS": "0"}


async def test_five_hundred_readers_of_a_cold_board_get_one_board(play: Play, saw: Saw) -> None:
    play.stage.valkey.flush()
    limits = httpx.Limits(max_connections=500)
    async with httpx.AsyncClient(base_url=play.server.address, limits=limits, timeout=20, verify=False) as client:
        began = time.monotonic()
        answers = await asyncio.gather(*(client.get("/api/v1/scoreboard?limit=100") for _ in range(500)))
        saw(all_answered=time.monotonic() - began)
    assert {answer.status_code for answer in answers} == {200}
    assert len({str(answer.json()["data"]["leaderboard"]) for answer in answers}) == 1


@pytest.mark.thorough
async def test_five_thousand_come_back_at_once_and_none_asks_postgresql(stage: Stage, saw: Saw) -> None:
    server = stage.serve(**UNLIMITED)
    headers = Player("watcher", "Watcher").bearer()
    gate = asyncio.Semaphore(500)
    before = stage.postgres.rows(STATEMENTS)[0][0]

    async def come() -> None:
        async with gate:
            socket = await connect(server.live, additional_headers=headers, compression=None, ping_interval=None)
        await socket.send(SUBSCRIBE)
        await socket.recv()
        sockets.append(socket)

    sockets: list[object] = []
    began = time.monotonic()
    await asyncio.gather(*(come() for _ in range(SOCKETS)))
    seconds = time.monotonic() - began
    saw(all_back=seconds)
    statements = stage.postgres.rows(STATEMENTS)[0][0] - before
    assert seconds < ALL_WITHIN_SECONDS
    assert statements < SPARE_STATEMENTS
    wait_for(lambda: server.metric("scoreboard_live_sockets") == SOCKETS)
