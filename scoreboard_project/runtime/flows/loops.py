"""What an event loop has one of: connections and groups must not be shared between loops."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class PerLoop(Generic[Thing]):
    """One thing for each event loop, made on first use (tests run several loops in one process)."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._things: dict[asyncio.AbstractEventLoop, Thing] = {}

    def of_running_loop(self) -> Thing:
        loop = asyncio.get_running_loop()
        thing = self._things.get(loop)
        if thing is None:
            for closed in [each for each in self._things if each.is_closed()]:
                del self._things[closed]
            thing = self._things[loop] = self._make()
        return thing
