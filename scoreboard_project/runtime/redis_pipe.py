"""One connection to Redis for all callers of an event loop: commands go out at once, answers come back in their order.

redis-py opens the connection (address, TLS, login). After that its own client costs an event loop several times what
the command costs Redis: it borrows a connection, sets timers and awaits in layers, for each command anew.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import hiredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

# Longer than one look of an event loop at its sockets.
SECOND_LOOK_SECONDS = 0.005
LOOKS = 2


class RedisPipe(asyncio.Protocol):
    """Takes over an open connection. Once closed it stays closed."""

    def __init__(
        self, writer: asyncio.StreamWriter, *, longest_seconds: float, ends_with: frozenset[str] = frozenset()
    ) -> None:
        """`ends_with`: codes of errors after which another server is to be asked."""
        self._ends_with = ends_with
        self._loop = asyncio.get_running_loop()
        # Kept, because a StreamWriter that nobody has closes its transport.
        self._writer = writer
        self._transport = writer.transport
        self._longest_seconds = longest_seconds
        self._replies = hiredis.Reader(replyError=_reply_error)
        # When each command was sent, and who waits for its answer.
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._has_ended = False
        self._transport.set_protocol(self)

    @property
    def is_closed(self) -> bool:
        """Also if the end has not been reported yet: uvloop refuses to write then."""
        return self._has_ended or self._transport.is_closing()

    def ask(self, *words: Any) -> asyncio.Future[Any]:  # noqa: ANN401 - text, bytes and numbers
        """The answer to a command, or ResponseError. After a lost connection or a long silence a RedisError."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if self.is_closed:
            future.set_exception(RedisConnectionError("the connection is closed"))
            return future
        self._transport.write(hiredis.pack_command(words))
        self._waiting.append((monotonic(), future))
        if self._timer is None:
            self._timer = self._loop.call_later(self._longest_seconds, self._check, LOOKS)
        return future

    def ask_all(self, commands: Sequence[Sequence[Any]]) -> list[asyncio.Future[Any]]:
        """The answers to several commands, which are sent together."""
        return [self.ask(*words) for words in commands]

    def data_received(self, data: bytes) -> None:
        self._replies.feed(data)
        while (reply := self._replies.gets()) is not False:
            if not self._waiting:
                self.close()
                return
            _, future = self._waiting.popleft()
            if future.done():
                continue
            if isinstance(reply, ResponseError):
                future.set_exception(reply)
                if str(reply).partition(" ")[0] in self._ends_with:
                    self.close()
                    return
            else:
                future.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(lambda: RedisConnectionError(f"the connection was lost: {error or 'Redis closed it'}"))

    def close(self) -> None:
        self._transport.abort()
        self._fail(lambda: RedisConnectionError("the connection was closed"))

    def _check(self, looks: int) -> None:
        """Give up if the oldest command waits too long.

        After a delay of its own, an event loop runs its timers before it looks at its sockets, where the answer may
        have been for long. So this gives up only after the loop has looked there.
        """
        self._timer = None
        if not self._waiting:
            return
        left = self._waiting[0][0] + self._longest_seconds - monotonic()
        if left > 0:
            self._timer = self._loop.call_later(left, self._check, LOOKS)
        elif looks:
            self._timer = self._loop.call_later(SECOND_LOOK_SECONDS, self._check, looks - 1)
        else:
            self._transport.abort()
            self._fail(lambda: RedisTimeoutError("no answer in time"))

    def _fail(self, make_error: Callable[[], Exception]) -> None:
        self._has_ended = True
        while self._waiting:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(make_error())


def _reply_error(message: str) -> ResponseError:
    return NoScriptError(message) if message.startswith("NOSCRIPT") else ResponseError(message)
