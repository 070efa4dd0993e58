"""The asyncio client with the interface of the blocking one, so that one test covers both."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

from scoreboard_client import AsyncScoreboard


class BlockingAsyncScoreboard:
    """Runs each call of an AsyncScoreboard to its end in a private loop. Async iterators become lists."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncScoreboard(*arguments, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            found = getattr(self._client, name)(*arguments, **options)
            return self._runner.run(found if inspect.isawaitable(found) else _collected(found))

        return call

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


async def _collected(found: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in found]
