"""The one-port web process of `script/server`: uvicorn on a socket that the launcher opened and passed to it.

Standard input is a pipe from the launcher. When the launcher ends, even if killed, the pipe closes, and this process
exits and frees the port.
"""

import os
import socket
import sys
from threading import Thread

import uvicorn

STDIN = 0
APPLICATION = "scoreboard_project.asgi:application"


def serve(listener: socket.socket) -> None:
    """Serve on `listener` until SIGTERM. Requests in progress then get 8 seconds to finish."""
    config = uvicorn.Config(
        APPLICATION,
        loop="uvloop",
        http="scoreboard_project.serving.http_protocol:HttpProtocol",
        ws="live.sockets.protocol:LiveWebSocketProtocol",
        lifespan="on",
        ws_per_message_deflate=False,
        ws_max_size=9216,
        timeout_graceful_shutdown=8,
        access_log=False,
        server_header=False,
        # TRUSTED_PROXIES says which proxies to trust. uvicorn would trust every proxy on this machine.
        proxy_headers=False,
        # The project configures logging, so uvicorn's warnings become JSON lines too.
        log_config=None,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _end_with_launcher() -> None:
    os.read(STDIN, 1)
    os._exit(1)


if __name__ == "__main__":
    Thread(target=_end_with_launcher, daemon=True).start()
    serve(socket.socket(fileno=int(sys.argv[1])))
