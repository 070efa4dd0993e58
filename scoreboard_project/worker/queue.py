"""What is in the queue."""

from typing import NamedTuple

from scoreboard_project.runtime.postgres.probe import read_once

READ = """
SELECT count(*) FILTER (WHERE status = 'todo' AND due), count(*) FILTER (WHERE status = 'failed'),
    COALESCE(EXTRACT(epoch FROM now() - min(since) FILTER (WHERE status = 'todo' AND due)), 0)::float8,
    (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute')
FROM (
    SELECT status, scheduled_at IS NULL OR scheduled_at <= now() AS due, GREATEST(
        scheduled_at, (SELECT max(at) FROM procrastinate_events AS event WHERE event.job_id = job.id)
    ) AS since
    FROM procrastinate_jobs AS job
) AS jobs
"""


class Queue(NamedTuple):
    """Jobs that are due and wait, that failed for good, how long the oldest has waited, and the living workers."""

    waiting: int
    failed: int
    oldest_seconds: float
    workers: int


def read_queue() -> Queue:
    """Raises psycopg's errors."""
    (row,) = read_once(READ)
    return Queue(*row)
