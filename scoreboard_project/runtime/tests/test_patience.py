"""A time limit that tells a busy event loop from a server that does not answer."""

import asyncio
import socket
import time

import pytest

from scoreboard_project.runtime.flows.patience import PatientTimeout


async def test_a_server_that_does_not_answer_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        async with PatientTimeout(0.02):
            await asyncio.sleep(30)


async def test_an_answer_that_came_while_the_loop_was_busy_counts() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader, writer = await asyncio.open_connection(sock=ours)
        theirs.send(b"answer")
        async with PatientTimeout(0.02):
            answer = asyncio.ensure_future(reader.read(100))
            time.sleep(0.2)
            assert await answer == b"answer"
        writer.close()


async def test_an_answer_in_time_leaves_nothing_behind() -> None:
    async with PatientTimeout(0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
