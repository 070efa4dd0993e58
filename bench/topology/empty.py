"""An ASGI application that does nothing: what uvicorn and the machine allow at most, with an answer like a board's."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

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
