"""Readers who ask at the same moment share what is read, and nobody gets what was read before they asked."""

import asyncio

import pytest
from pytest_django.fixtures import Settings

from leaderboard import metrics
from scoreboard_project.serving.bridge import Bridge
from scoreboard_project.serving.fast_path import FastPath
from scoreboard_project.serving.game_calls import GameCalls
from scoreboard_project.serving.tests.corpus.cases import get, header, put
from scoreboard_project.testing.asgi import Received, ask
from scoreboard_project.testing.cast import ANA, crowd
from scoreboard_project.testing.loops import in_own_loop, own_loop
from scoreboard_project.wsgi import application

READERS = 500


@pytest.fixture
def fast_path(scoreboard: None, settings: Settings) -> FastPath:
    settings.SCORE_UPDATES_PER_MINUTE = 0
    return FastPath(Bridge(application, threads=1), GameCalls())


def loads() -> float:
    """How many boards this process has read from PostgreSQL."""
    (found,) = metrics.loaded_board_reads.collect()
    return found.samples[0].value


def test_500_readers_of_a_board_that_is_not_cached_cause_one_load(fast_path: FastPath) -> None:
    for player in crowd(12):
        player.act()
    before = loads()

    async def read_all() -> list[Received]:
        return await asyncio.gather(*(ask(fast_path, get("scoreboard")) for _ in range(READERS)))

    answers = in_own_loop(read_all)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert loads() - before == 1


def test_a_write_in_one_event_loop_is_on_the_board_of_another_at_once(fast_path: FastPath) -> None:
    token = (header("authorization", ANA.bearer()["Authorization"]),)
    with own_loop() as writer, own_loop() as reader:
        for number in range(1, 21):
            assert writer.run(ask(fast_path, put(token=token))).status == 200
            assert f'"score":{150 * number},'.encode() in reader.run(ask(fast_path, get("scoreboard"))).body
            writer, reader = reader, writer  # noqa: PLW2901


def test_a_reader_who_asks_after_an_answer_sees_it_while_others_read_all_the_time(fast_path: FastPath) -> None:
    token = (header("authorization", ANA.bearer()["Authorization"]),)

    async def read_all_the_time() -> None:
        while True:
            await ask(fast_path, get("scoreboard"))

    async def write_and_read() -> list[bytes]:
        readers = [asyncio.create_task(read_all_the_time()) for _ in range(20)]
        boards = []
        for _ in range(20):
            await ask(fast_path, put(token=token))
            boards.append((await ask(fast_path, get("scoreboard"))).body)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        return boards

    for number, board in enumerate(in_own_loop(write_and_read), 1):
        assert f'"score":{150 * number},'.encode() in board
