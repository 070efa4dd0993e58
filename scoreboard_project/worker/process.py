"""The worker's process: does the jobs that wait, and begins periodic ones. While PostgreSQL is away it waits for it."""

import asyncio
import logging
import signal

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg import Error

from scoreboard_project.runtime.outage import Outage

# So that a long job, such as the detection after an hour away, does not keep others waiting.
JOBS_AT_ONCE = 4
# How often new jobs are looked for where PostgreSQL cannot notify, as behind PgBouncer.
LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 30.0
# How long jobs may go on when the worker is told to end. Those that work in steps then end after their step.
GRACE_SECONDS = 3.0
PAUSE_SECONDS = 1.0
CONNECT_SECONDS = 10.0
IS_ALIVE = "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute')"

log = logging.getLogger("scoreboard.worker")


async def run_worker() -> None:
    """Work until SIGINT or SIGTERM."""
    told_to_end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    outage = Outage(log, begins="The worker does not reach its jobs", ends="The worker reaches its jobs again")
    end = asyncio.create_task(told_to_end.wait())
    while not told_to_end.is_set():
        try:
            await _work(end, outage)
        except (ConnectorException, Error, OSError) as error:
            outage.begin(str(error.__cause__ or error).strip())
        await asyncio.wait([end], timeout=PAUSE_SECONDS)


async def _work(end: "asyncio.Task[bool]", outage: Outage) -> None:
    """Returns when the worker is told to end, or has lost its connection."""
    connector = PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=JOBS_AT_ONCE + 2, timeout=CONNECT_SECONDS
    )
    with app.replace_connector(connector):
        async with app.open_async():
            await app.job_manager.check_connection_async()
            outage.end()
            work = asyncio.create_task(_run_jobs())
            await asyncio.wait([work, end], return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                work.cancel()
                await asyncio.wait([work])
            elif error := work.exception():
                raise error
            else:
                outage.begin("a connection was lost")


async def _run_jobs() -> None:
    await app.run_worker_async(
        concurrency=JOBS_AT_ONCE,
        listen_notify=not settings.DATABASE_TRANSACTION_POOLING,
        fetch_job_polling_interval=LOOK_SECONDS,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=DEAD_AFTER_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


def is_worker_alive() -> bool:
    """Whether any worker has reported within the last minute."""
    with connection.cursor() as cursor:
        cursor.execute(IS_ALIVE)
        return bool(cursor.fetchone()[0])
