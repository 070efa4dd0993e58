"""This process's open sockets and its hub, for the graceful stop and the presence counts."""

import asyncio
from typing import Protocol

from live.counts import metrics
from live.counts.presence import PresenceCounts
from live.counts.sessions import OwnSessions, Session
from live.counts.socket_limits import SocketLimits
from live.sockets.actions import Begun
from live.sockets.hub import Hub
from live.sockets.token_watch import Closable, TokenWatch


class OpenSocket(Closable, Protocol):
    """A connected consumer. `number` is that of its session."""

    number: int

    def session(self) -> Session | None:
        """None before it is admitted and after it has left."""
        ...

    def send_away(self, after_milliseconds: int) -> None:
        """Tell the client when to reconnect, and close with 1001."""
        ...


class LiveProcess:
    """One per process, created on first use in its event loop."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.limits = SocketLimits()
        self.actions = Begun()
        self.sockets: set[OpenSocket] = set()
        self.token_watch = TokenWatch(self.sockets)
        self.sessions = OwnSessions(self._sessions)
        self.is_stopping = False
        # Clients whose token is being checked.
        self.arriving = 0

    def _sessions(self) -> dict[int, Session]:
        return {socket.number: session for socket in self.sockets if (session := socket.session())}

    def presence(self) -> PresenceCounts:
        return PresenceCounts(len(self.sockets), len(self.limits.by_user), self.hub.subscriptions.counts())

    def enter(self, socket: OpenSocket) -> None:
        self.sockets.add(socket)
        self.sessions.note_change(socket.number)
        self.token_watch.start()
        metrics.live_sockets.set(len(self.sockets))

    def leave(self, socket: OpenSocket) -> None:
        """Safe to call more than once."""
        self.sockets.discard(socket)
        self.sessions.note_change(socket.number)
        metrics.live_sockets.set(len(self.sockets))


_processes: dict[asyncio.AbstractEventLoop, LiveProcess] = {}


def live_process() -> LiveProcess:
    """The live process of the running event loop (tests run several loops in one process)."""
    loop = asyncio.get_running_loop()
    if loop not in _processes:
        for closed in [each for each in _processes if each.is_closed()]:
            del _processes[closed]
        _processes[loop] = LiveProcess()
    return _processes[loop]
