"""A websocket address that does not exist: refused at the handshake, without a traceback."""

from typing import Any


async def refuse_unknown_address(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
    """HTTP 404 where the server can say so, else 403."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"Nothing is at this address.\n"})
    else:
        await send({"type": "websocket.close"})
