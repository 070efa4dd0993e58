"""Thousands of sockets that watch the board, and one user whose actions all of them must see.

    python -m bench.load.clients.watchers PLAN    prints a JSON line each second

This is asyncio on uvloop in a process of its own: as many gevent sockets would cost more than the server that they
measure. Each second the leader sends a `PUT`; a push takes from the sending of it to the frame that shows its score.
"""

import asyncio
import json
import re
import signal
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.live import FrameReader, client_frame
from bench.load.machine import allow_many_files
from bench.load.plan import FIRST_SOCKET, Plan, read_plan
from bench.load.samples import Times

# What the sockets subscribe to: most to the default.
LIMITS = (10, 10, 10, 10, 10, 10, 10, 25, 25, 100)
CONNECTS_A_TENTH = 50
COMES_BACK_SECONDS = 1.0
PROBE_SECONDS = 1.0
LOST_SECONDS = 10.0
SCORE = re.compile(rb'"score":(\d+)')
ACTION = b'{"actionType":"BOSS_DEFEAT","metadata":{}}'


class Crowd:
    """All sockets, and the leader's scores that they still have to show."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.address, self.tokens = plan, urlsplit(plan.live_url), plan.tokens
        self.open = self.frames = self.closed = self.refused = self.lost = self.failed = 0
        self.times = Times()
        self.coming: set[asyncio.Task[None]] = set()
        self.sent: dict[int, tuple[float, int]] = {}  # by score: when its PUT was sent, and how many have not seen it

    def refuse(self, head: bytes) -> None:
        """Tell the log the first of those who were refused, and why."""
        if not self.refused:
            print(f"refused: {head[:300]!r}", file=sys.stderr, flush=True)
        self.refused += 1

    def see(self, before: int, score: int) -> None:
        """A socket shows this score of the leader, and showed that one before."""
        now = time.perf_counter()
        for wanted, (at, missing) in self.sent.items():
            if before < wanted <= score:
                self.times.add((now - at) * 1000)
                self.sent[wanted] = at, missing - 1

    def come_back(self, number: int) -> None:
        """Connect this socket again."""
        task = asyncio.ensure_future(connect(self, number))
        self.coming.add(task)
        task.add_done_callback(self.coming.discard)

    def take(self) -> dict[str, object]:
        """What happened since the last call."""
        now = time.perf_counter()
        for score, (at, missing) in list(self.sent.items()):
            if missing <= 0 or now - at > LOST_SECONDS:
                self.lost += max(0, missing)
                del self.sent[score]
        found = {
            "at": time.time(),
            "sockets": self.open,
            "frames": self.frames,
            "closed": self.closed,
            "refused": self.refused,
            "lost": self.lost,
            "failed": self.failed,
            "pushes": self.times.as_json(),
        }
        self.frames = self.lost = self.failed = 0
        self.times = Times()
        return found


class Watcher(asyncio.Protocol):
    """One socket."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.number = crowd, number
        self.reader: FrameReader | None = None
        self.head = b""
        self.score = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass
        crowd = self.crowd
        self.transport.write(
            f"GET {crowd.address.path} HTTP/1.1\r\nHost: {crowd.address.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
            f"Authorization: Bearer {crowd.tokens[1 + self.number % (len(crowd.tokens) - 1)]}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if self.reader is None:
            self.head += data
            if b"\r\n\r\n" not in self.head:
                return
            head, data = self.head.split(b"\r\n\r\n", 1)
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.crowd.refuse(head)
                self.transport.abort()
                return
            self._subscribe()
        assert self.reader is not None
        if self.reader.feed(data):
            self.crowd.frames += 1
            scores = SCORE.search(self.reader.last_update)
            self._see(int(scores[1]) if scores else 0)
        if self.reader.pongs:
            self.transport.write(self.reader.pongs)

    def _subscribe(self) -> None:
        self.reader = FrameReader()
        self.crowd.open += 1
        limit = LIMITS[self.number % len(LIMITS)]
        subscribe = {"type": "subscribe_leaderboard", "data": {"limit": limit}}
        self.transport.write(client_frame(json.dumps(subscribe).encode()))

    def _see(self, score: int) -> None:
        if score > self.score:
            self.crowd.see(self.score, score)
            self.score = score

    def connection_lost(self, exc: Exception | None) -> None:
        """Like a game, it comes back after a second."""
        self.crowd.closed += 1
        self.crowd.open -= self.reader is not None
        asyncio.get_running_loop().call_later(COMES_BACK_SECONDS, self.crowd.come_back, self.number)


async def connect(crowd: Crowd, number: int) -> None:
    """Open one socket; one that cannot be opened is tried again."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(
            lambda: Watcher(crowd, number),
            crowd.address.hostname or "",
            crowd.address.port or 0,
            local_addr=(str(FIRST_SOCKET + number), 0),
        )
    except OSError as error:
        crowd.refuse(str(error).encode())
        loop.call_later(COMES_BACK_SECONDS, crowd.come_back, number)


async def connect_all(crowd: Crowd) -> None:
    """Open all sockets at an even rate, as a server that starts anew sees them come."""
    for first in range(0, crowd.plan.sockets, CONNECTS_A_TENTH):
        last = min(first + CONNECTS_A_TENTH, crowd.plan.sockets)
        await asyncio.gather(*(connect(crowd, number) for number in range(first, last)))
        await asyncio.sleep(0.1)


class Leader:
    """The user at rank 1, on one connection."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.score = self.step = 0

    async def start(self) -> None:
        self.read, self.write = await asyncio.open_connection(self.crowd.address.hostname, self.crowd.address.port)

    async def act(self) -> None:
        """Send one action. The sockets must then show the score that it leads to."""
        self.write.write(
            f"PUT /api/v1/scores/update HTTP/1.1\r\nHost: {self.crowd.address.netloc}\r\n"
            f"Authorization: Bearer {self.crowd.tokens[0]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(ACTION)}\r\n\r\n".encode()
            + ACTION
        )
        wanted = self.score + self.step
        if self.step:
            self.crowd.sent[wanted] = time.perf_counter(), self.crowd.open
        head = await self.read.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = json.loads(await self.read.readexactly(int(length[1]) if length else 0) or b"{}")
        if body.get("success"):
            self.step, self.score = body["data"]["scoreIncrement"], body["data"]["newScore"]
            return
        self.crowd.failed += 1
        self.crowd.sent.pop(wanted, None)

    async def lead(self) -> None:
        """Act every second, whatever becomes of the connection."""
        while True:
            due = time.monotonic() + PROBE_SECONDS
            try:
                await self.act()
            except (OSError, asyncio.IncompleteReadError):
                self.crowd.failed += 1
                await self.start()
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def watch(plan: Plan) -> None:
    """Connect all, then report each second until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    crowd = Crowd(plan)
    leader = Leader(crowd)
    await connect_all(crowd)
    await leader.start()
    leading = asyncio.create_task(leader.lead())
    while not ended.is_set():
        await asyncio.sleep(1.0)
        print(json.dumps(crowd.take()), flush=True)
    leading.cancel()


if __name__ == "__main__":
    allow_many_files()
    uvloop.run(watch(read_plan(sys.argv[1])))
