"""What both live iterators share: how to open a websocket, and why one closed."""

from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from scoreboard_client.errors import TransportError
from scoreboard_client.proxies import can_use, missing
from scoreboard_client.retry import read_retry_after
from scoreboard_client.settings import ClientSettings
from scoreboard_client.steps import Closed, Connect

CLOSE_SECONDS = 2.0
CONNECT_FAULTS = (OSError, TimeoutError, WebSocketException)


def connect_options(settings: ClientSettings, step: Connect) -> dict[str, Any]:
    """The arguments of `connect`, for websockets' sync and asyncio clients.

    Raises TransportError for a SOCKS proxy without the library that websockets needs for it.
    """
    if not can_use(settings.proxy, "python_socks"):
        raise TransportError(missing("python-socks"), is_fault_of_network=False)
    return {
        "uri": settings.live_address,
        "additional_headers": step.headers,
        "user_agent_header": settings.headers["User-Agent"],
        "ssl": settings.ssl_context if settings.live_address.startswith("wss:") else None,
        # Boards are small and frequent: compressing them costs more than it saves.
        "compression": None,
        # A slow reader gets the newest board next, not all the boards in between.
        "max_queue": 1,
        "open_timeout": settings.timeout,
        "close_timeout": CLOSE_SECONDS,
        "proxy": settings.proxy,
    }


def refused(error: Exception) -> Closed:
    """Why the socket did not open."""
    if isinstance(error, InvalidStatus):
        headers = error.response.headers
        return Closed(status=error.response.status_code, retry_after=read_retry_after(headers.get("Retry-After")))
    return Closed(reason=str(error) or type(error).__name__)


def ended(error: ConnectionClosed) -> Closed:
    """Why the socket closed: with the server's code, or without one."""
    if error.rcvd is None:
        return Closed(reason="the connection was lost")
    return Closed(code=error.rcvd.code, reason=error.rcvd.reason)
