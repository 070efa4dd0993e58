"""A time limit for answers that come through the event loop."""

import asyncio
from types import TracebackType

# Longer than one look of the event loop at its sockets.
SECOND_LOOK_SECONDS = 0.005
LOOKS = 2


class PatientTimeout:
    """Like `asyncio.timeout`, but a busy event loop is not taken for a server that does not answer.

    After a delay of its own, an event loop runs its timers before it looks at its sockets, where the answer may have
    been for long. So this one gives up only after the loop has looked there. Raises TimeoutError.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._looks = LOOKS
        self._inner = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._inner.__aenter__()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look_again)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()
        await self._inner.__aexit__(kind, error, traceback)

    def _look_again(self) -> None:
        loop = asyncio.get_running_loop()
        if self._looks:
            self._looks -= 1
            self._timer = loop.call_later(SECOND_LOOK_SECONDS, self._look_again)
        else:
            self._inner.reschedule(loop.time())
