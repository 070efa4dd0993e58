"""A TCP proxy before a server on a Unix socket, which passes everything on until a test lets it do worse."""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

CHUNK = 64 * 1024
# With this, closing a socket resets its connection.
RESETS = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class Link:
    """One connection of a client, and what was opened for it to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    passed: int = 0
    # Neither end hears of the other again, whatever the proxy does later.
    is_severed: bool = False
    tasks: "list[asyncio.Task[None]]" = field(default_factory=list)


class FaultProxy:
    """Listens on a port of this machine, in a thread of its own. Each method holds until `heal`."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._links: set[Link] = set()
        self._listener: asyncio.Server | None = None
        self.port = 0
        self._flows = asyncio.Event()
        self._latency = 0.0
        self._bytes_per_second = 0
        self._bytes_left: int | None = None

    def start(self) -> None:
        self._thread.start()
        self._do(self._listen)

    def stop(self) -> None:
        self._do(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def open_links(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    def heal(self) -> None:
        """Pass everything on, also what was held back. Severed connections stay severed."""
        self._do(self._heal)

    def delay(self, seconds: float) -> None:
        """Latency: each piece arrives so much later."""
        self._latency = seconds

    def throttle(self, bytes_per_second: int) -> None:
        """Bandwidth, for each connection and direction."""
        self._bytes_per_second = bytes_per_second

    def blackhole(self) -> None:
        """Connections stay and new ones are accepted, but nothing arrives on either side."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def reset(self) -> None:
        """Reset every connection now, once."""
        self._do(self._reset)

    def refuse(self) -> None:
        """Reset every connection, and refuse new ones."""
        self._do(self._refuse)

    def sever(self) -> None:
        """Half-open: the server's side of every connection is gone, and the client's side never hears of it.

        New connections work.
        """
        self._do(self._sever)

    def cut_after(self, count: int) -> None:
        """Reset all connections after so many more bytes from the server."""
        self._bytes_left = count

    def _do(self, step: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            await step()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    async def _listen(self) -> None:
        self._flows.set()
        # The port stays the same: clients know it.
        listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self._listener, self.port = listener, listener.sockets[0].getsockname()[1]

    async def _heal(self) -> None:
        self._latency, self._bytes_per_second, self._bytes_left = 0.0, 0, None
        self._flows.set()
        if self._listener is None:
            await self._listen()

    async def _reset(self) -> None:
        for link in list(self._links):
            _abort(link.client)
            self._end(link)

    async def _refuse(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None
        await self._reset()

    async def _sever(self) -> None:
        for link in self._links:
            link.is_severed = True
            _abort(link.server)

    async def _close(self) -> None:
        await self._refuse()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(self._server)
        except OSError:
            _abort(writer)
            return
        link = Link(writer, server_writer)
        self._links.add(link)
        link.tasks = [
            asyncio.create_task(self._pass(reader, server_writer, link, from_server=False)),
            asyncio.create_task(self._pass(server_reader, writer, link, from_server=True)),
        ]

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link, *, from_server: bool
    ) -> None:
        with suppress(OSError):
            while part := await reader.read(CHUNK):
                await self._hold_back(len(part))
                if link.is_severed:
                    continue
                if from_server and not self._may_pass(len(part)):
                    await self._reset()
                    return
                writer.write(part)
                await writer.drain()
        if link.is_severed and from_server:
            return
        await self._flows.wait()
        self._end(link)

    async def _hold_back(self, size: int) -> None:
        if self._latency:
            await asyncio.sleep(self._latency)
        if self._bytes_per_second:
            await asyncio.sleep(size / self._bytes_per_second)
        await self._flows.wait()

    def _may_pass(self, size: int) -> bool:
        if self._bytes_left is None:
            return True
        self._bytes_left -= size
        return self._bytes_left >= 0

    def _end(self, link: Link) -> None:
        self._links.discard(link)
        for writer in (link.client, link.server):
            writer.close()
        for task in link.tasks:
            if task is not asyncio.current_task():
                task.cancel()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close the connection so that the other end gets a reset."""
    connection: socket.socket = writer.get_extra_info("socket")
    if connection.family == socket.AF_INET and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS)
    writer.transport.abort()


@contextmanager
def fault_proxy(server: Path) -> Iterator[FaultProxy]:
    """A proxy to the server on that Unix socket, until the block ends."""
    proxy = FaultProxy(server)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
