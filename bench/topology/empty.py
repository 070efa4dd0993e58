"""An ASGI application that does nothing: what uvicorn and the machine allow at most, with an answer like a board's."""

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from bench.topology.participant import Participant
from bench.topology.processes import answers, free_port, starting
from bench.topology.production import Topology

Message = MutableMapping[str, Any]

BODY = b'{"success":true,"data":{"leaderboard":[' + b'{"rank":1,"userId":"bench-1","username":"Bench 1"},' * 20 + b"]}}"
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}
END = {"type": "http.response.body", "body": BODY}


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """The same answer for every request, whose body is not read."""
    if scope["type"] == "http":
        await send(START)
        await send(END)
        return
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


@contextmanager
def running_empty(topology: Topology, *, processes: int) -> Iterator[Participant]:
    """The empty application under the command of our own processes, until the block ends."""
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(processes)]
    command = topology.source.command("bench.topology.empty:application")
    with ExitStack() as started:
        servers = [
            started.enter_context(
                starting(
                    [*command, f"--port={address.rpartition(':')[2]}"],
                    topology.environment,
                    folder=topology.source.tree,
                    log=topology.stores.directory / "empty.log",
                    is_ready=partial(answers, address, "/"),
                )
            )
            for address in addresses
        ]
        for server in servers:
            server.await_ready()
        yield Participant("empty", addresses, {"api": [server.pid for server in servers]})
