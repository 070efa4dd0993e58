"""Flows that run together in an event loop of their own, as the requests of a server do."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from scoreboard_project.runtime.flows.flow import Flow, run_in_loop
from scoreboard_project.runtime.loop_redis import loop_redis
from scoreboard_project.runtime.postgres.statement import lanes

Result = TypeVar("Result")


def run_together(flows: Iterable[Flow[Result]]) -> list[Result | BaseException]:
    """The results or errors of flows that begin at the same moment, in order."""

    async def all_of_them() -> list[Result | BaseException]:
        return await asyncio.gather(*map(run_in_loop, flows), return_exceptions=True)

    return in_own_loop(all_of_them)


def in_own_loop(main: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run it in a new event loop, and close the connections that the loop opened."""
    with own_loop() as loop:
        return loop.run(main())


@contextmanager
def own_loop() -> Iterator[asyncio.Runner]:
    """A new event loop, whose connections stay open from one coroutine to the next, and are closed with the block."""
    with asyncio.Runner() as runner:
        try:
            yield runner
        finally:
            runner.run(_close_stores())


async def _close_stores() -> None:
    await lanes.of_running_loop().close()
    await loop_redis.of_running_loop().close()
