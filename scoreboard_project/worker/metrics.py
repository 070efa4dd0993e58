"""Metrics of the jobs, read from PostgreSQL: the processes that answer /metrics are not the worker."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from scoreboard_project.runtime.postgres.probe import ForScrape
from scoreboard_project.worker.queue import read_queue


class JobCollector(Collector):
    """While PostgreSQL does not answer it reports nothing."""

    def __init__(self) -> None:
        self._read = ForScrape(read_queue)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Empty, because registering must not read the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        queue = self._read()
        if queue is None:
            return
        yield GaugeMetricFamily("scoreboard_jobs_waiting", "Jobs that wait for a worker.", queue.waiting)
        yield GaugeMetricFamily(
            "scoreboard_jobs_oldest_seconds", "How long the oldest of them has waited.", queue.oldest_seconds
        )
        yield GaugeMetricFamily(
            "scoreboard_jobs_failed", "Jobs of the last 30 days that failed for good.", queue.failed
        )
        yield GaugeMetricFamily("scoreboard_workers", "Workers that reported within the last minute.", queue.workers)
