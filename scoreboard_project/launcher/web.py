"""The one-port web process of `script/server`: uvicorn on a socket that the launcher bound and handed down.

Its standard input is the launcher's hand: when that lets go, killed or not, this process ends and frees the port.
"""

import os
import socket
import sys
from threading import Thread

import uvicorn

STDIN = 0
APPLICATION = "scoreboard_project.asgi:application"


def serve(listener: socket.socket) -> None:
    """Serve on `listener` until SIGTERM, then for 8 more seconds what is under way."""
    config = uvicorn.Config(
        APPLICATION,
        loop="uvloop",
        ws="live.sockets.protocol:LiveWebSocketProtocol",
        lifespan="on",
        ws_per_message_deflate=False,
        ws_max_size=4096,
        timeout_graceful_shutdown=8,
        access_log=False,
        server_header=False,
        # Which proxies to believe is TRUSTED_PROXIES' to say; uvicorn would believe every one on this machine.
        proxy_headers=False,
        # The project's own logging: uvicorn's warnings become JSON lines like all others.
        log_config=None,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _end_with_launcher() -> None:
    os.read(STDIN, 1)
    os._exit(1)


if __name__ == "__main__":
    Thread(target=_end_with_launcher, daemon=True).start()
    serve(socket.socket(fileno=int(sys.argv[1])))
