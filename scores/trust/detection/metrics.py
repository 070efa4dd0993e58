"""Metrics of the detectors, read from PostgreSQL: the worker itself answers no requests."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from scoreboard_project.runtime.postgres.probe import ForScrape, read_once

READ = "SELECT kind, flags, failures, EXTRACT(epoch FROM now() - looked_until)::float8 FROM detectors ORDER BY kind"


class DetectorCollector(Collector):
    """While PostgreSQL does not answer it reports nothing."""

    def __init__(self) -> None:
        self._read = ForScrape(lambda: read_once(READ))

    def describe(self) -> Iterator[Metric]:
        """Empty, because registering must not read the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        rows = self._read()
        if rows is None:
            return
        flags = CounterMetricFamily("scoreboard_flags", "Flags made, by kind.", labels=["kind"])
        failures = CounterMetricFamily(
            "scoreboard_detector_failures", "Times that a detector stopped with an error.", labels=["kind"]
        )
        behind = GaugeMetricFamily(
            "scoreboard_detector_behind_seconds", "The age of the first event not looked at.", labels=["kind"]
        )
        for kind, made, failed, seconds in rows:
            flags.add_metric([kind], made)
            failures.add_metric([kind], failed)
            behind.add_metric([kind], seconds)
        yield from (flags, failures, behind)
