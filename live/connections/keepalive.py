"""Pings the open sockets of a process with one timer, and drops those that do not answer.

A socket gets a ping in each `interval`, in turns of about a second, so that not all are pinged at once. Timers of their
own would take a kilobyte for each socket.
"""

import asyncio
import secrets
from typing import Protocol


class Pinged(Protocol):
    """An open socket."""

    def ping(self, payload: bytes) -> bool:
        """Send a ping; False if the answer to an earlier one is still awaited, or the socket is closing."""
        ...

    def drop_if_silent(self, payload: bytes) -> None:
        """End the connection if this ping has not been answered."""
        ...


class Keepalive:
    """`interval` and `timeout` are in seconds. Without an interval there are no pings; without a timeout no drops."""

    def __init__(self, interval: float | None, timeout: float | None) -> None:
        self._interval = interval or 0.0
        self._timeout = timeout
        self._turns: list[set[Pinged]] = [set() for _ in range(max(1, round(self._interval)))]
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, socket: Pinged) -> None:
        """The socket gets its first ping when all turns have passed."""
        if not self._interval:
            return
        self._turns[self._turn].add(socket)
        if self._timer is None:
            self._wait()

    def discard(self, socket: Pinged) -> None:
        for sockets in self._turns:
            sockets.discard(socket)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._interval / len(self._turns), self._ping_next)

    def _ping_next(self) -> None:
        self._timer = None
        self._turn = (self._turn + 1) % len(self._turns)
        payload = secrets.token_bytes(4)
        pinged = [socket for socket in list(self._turns[self._turn]) if socket.ping(payload)]
        if pinged and self._timeout is not None:
            asyncio.get_running_loop().call_later(self._timeout, _drop_silent, pinged, payload)
        if any(self._turns):
            self._wait()


def _drop_silent(sockets: list[Pinged], payload: bytes) -> None:
    for socket in sockets:
        socket.drop_if_silent(payload)
