"""Hints to the live processes: the first is sent at once, later ones are merged, and invisible changes send none."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

import pytest

from leaderboard.board_keys import DEFAULT_BOARD, MAX_BOARD_LIMIT
from leaderboard.channel_layer import board_channel_layer
from leaderboard.events import BoardChanged, board_group
from leaderboard.publisher import ThreadPublisher, publish_board_changed
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.waiting import wait_for


class Listener(Thread):
    """Listens to the group in its own thread."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.heard: list[BoardChanged] = []
        self.listens = Event()
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        self._task = self._loop.create_task(self._listen())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    async def _listen(self) -> None:
        layer = board_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(board_group(), channel)
        self.listens.set()
        try:
            while True:
                self.heard.append(BoardChanged.from_message(await layer.receive(channel)))
        finally:
            await layer.group_discard(board_group(), channel)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(5)


@pytest.fixture
def listener(valkey: Valkey) -> Iterator[Listener]:
    found = Listener()
    found.start()
    assert found.listens.wait(5)
    yield found
    found.stop()


def test_a_hint_arrives_with_its_rank(listener: Listener) -> None:
    ThreadPublisher().publish(7, DEFAULT_BOARD)
    wait_for(lambda: listener.heard)
    assert listener.heard == [BoardChanged(7)]


def test_hints_of_a_busy_time_become_few_and_keep_the_best_rank(listener: Listener) -> None:
    publisher = ThreadPublisher()
    for rank in (*range(20, 100), 9, *range(20, 100), 3):
        publisher.publish(rank, DEFAULT_BOARD)
        time.sleep(0.002)
    wait_for(lambda: listener.heard[-1:] and listener.heard[-1].best_rank == 3)
    assert min(hint.best_rank for hint in listener.heard[:-1]) == 9
    assert len(listener.heard) < 50


def test_an_event_loop_sends_its_own_hints_and_merges_them_too(listener: Listener) -> None:
    async def publish() -> None:
        for rank in (*range(20, 100), 9, *range(20, 100)):
            publish_board_changed(rank)
            await asyncio.sleep(0.001)
        await asyncio.to_thread(wait_for, lambda: any(hint.best_rank == 9 for hint in listener.heard))

    asyncio.run(publish())
    assert BoardChanged(9) in listener.heard
    assert len(listener.heard) < 50


def test_a_change_that_nobody_can_watch_is_no_hint(listener: Listener) -> None:
    publish_board_changed(MAX_BOARD_LIMIT + 1)
    publish_board_changed(MAX_BOARD_LIMIT)
    wait_for(lambda: BoardChanged(MAX_BOARD_LIMIT) in listener.heard)
    assert BoardChanged(MAX_BOARD_LIMIT + 1) not in listener.heard


def test_a_redis_that_hangs_delays_nobody_and_the_next_hint_arrives(listener: Listener, valkey: Valkey) -> None:
    publisher = ThreadPublisher()
    valkey.pause()
    for _ in range(1000):
        publisher.publish(1, DEFAULT_BOARD)
    valkey.restore()
    publisher.publish(2, DEFAULT_BOARD)
    wait_for(lambda: listener.heard)


def test_junk_on_the_layer_reads_as_anything_may_have_changed() -> None:
    assert BoardChanged.from_message({"type": "board.changed", "best_rank": "x"}) == BoardChanged(1)
