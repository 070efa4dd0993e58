"""The presence of all live processes, as Prometheus metrics."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from live.sockets.presence import read_presence, total_subscriptions
from scoreboard_project.runtime.redis_guard import RedisUnavailable


class PresenceCollector(Collector):
    """Reads Redis at each scrape; while Redis is away the presence is left out rather than wrong."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: registering must not read Redis."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The totals of the moment."""
        try:
            processes = read_presence()
        except RedisUnavailable:
            return
        yield GaugeMetricFamily("scoreboard_presence_processes", "Live processes.", len(processes))
        sockets, users = sum(each.sockets for each in processes), sum(each.users for each in processes)
        yield GaugeMetricFamily("scoreboard_presence_sockets", "Websockets on all live processes.", sockets)
        yield GaugeMetricFamily("scoreboard_presence_users", "Users with a websocket.", users)
        subscriptions = GaugeMetricFamily(
            "scoreboard_presence_subscriptions", "Subscriptions by board size.", labels=["limit"]
        )
        for limit, count in sorted(total_subscriptions(processes).items()):
            subscriptions.add_metric([str(limit)], count)
        yield subscriptions
