"""SIGTERM → not ready → actions under way are answered → every socket is told when to reconnect and closed → exit.

The times to reconnect are spread over some seconds. uvicorn alone would close its sockets at once, with 1012. So this
module replaces uvicorn's signal handlers at start-up: it closes the sockets first and then passes the signal on. A
second signal is passed on at once.
"""

import asyncio
import logging
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.conf import settings

from live.counts.presence import report_forever
from live.sockets.registry import LiveProcess, live_process
from scoreboard_project.runtime.lifecycle import stopping
from scoreboard_project.runtime.loop_redis import loop_redis
from scoreboard_project.runtime.postgres.statement import lanes
from scores.ranks.watch import start_reconciling

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SOCKETS_BETWEEN_YIELDS = 100
# An action takes milliseconds. One that PostgreSQL keeps longer is sent again by its client, under the same id.
FINISH_SECONDS = 2.0
Handler = Callable[[int, FrameType | None], Any]

log = logging.getLogger("scoreboard.live")


class Lifespan:
    """ASGI lifespan. Start-up takes over the signals and starts what runs all the time; shutdown ends it."""

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await receive()
        _take_signals()
        heartbeat = asyncio.create_task(report_forever(live_process().presence, live_process().sessions))
        live_process().token_watch.keep()
        start_reconciling()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        heartbeat.cancel()
        live_process().token_watch.stop()
        await live_process().hub.stop()
        await lanes.of_running_loop().close()
        await loop_redis.of_running_loop().close()
        await send({"type": "lifespan.shutdown.complete"})


def _take_signals() -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        server_handler = signal.getsignal(number)
        if callable(server_handler):
            signal.signal(number, _goodbye_first(loop, server_handler))


def _goodbye_first(loop: asyncio.AbstractEventLoop, server_handler: Handler) -> Handler:
    def handle(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            server_handler(number, frame)
            return
        stopping.set()
        asyncio.run_coroutine_threadsafe(_say_goodbye(lambda: server_handler(number, frame)), loop)

    return handle


async def _say_goodbye(stop_server: Callable[[], None]) -> None:
    try:
        await _send_all_away()
    except Exception:
        log.exception("could not tell every socket that the process is stopping")
    finally:
        # The server must stop even if telling the sockets failed.
        stop_server()


async def _let_arrive(process: LiveProcess) -> None:
    """Until clients that have just connected are refused with 1001, as is_stopping says."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FINISH_SECONDS):
            while process.arriving:
                await asyncio.sleep(0.01)


async def _send_all_away() -> None:
    process = live_process()
    process.is_stopping = True
    await process.actions.finish(FINISH_SECONDS)
    await _let_arrive(process)
    sockets = list(process.sockets)
    log.info("stopping", extra={"sockets": len(sockets)})
    for count, socket in enumerate(sockets, start=1):
        socket.send_away(random.randrange(max(1, settings.LIVE_RECONNECT_SPREAD_MS)))  # noqa: S311 - jitter
        if count % SOCKETS_BETWEEN_YIELDS == 0:
            await asyncio.sleep(0)
    if sockets:
        await asyncio.sleep(settings.LIVE_GOODBYE_SECONDS)
