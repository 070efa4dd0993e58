"""Metrics of the live processes: each counts its own sockets and frames; presence covers all of them."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from live.counts.presence import read_presence, total_subscriptions
from scoreboard_project.runtime.redis import RedisUnavailable

live_sockets = Gauge("scoreboard_live_sockets", "Open websockets.", multiprocess_mode="livesum")
live_broadcasts = Counter("scoreboard_live_broadcasts_total", "Boards sent to subscribers, by frame and size.")
live_frames = Counter("scoreboard_live_frames_total", "Board frames handed to sockets.")
live_closed = Counter("scoreboard_live_closed_total", "Websockets closed by the server, by close code.", ["code"])
live_action_seconds = Histogram(
    "scoreboard_live_action_seconds",
    "Actions of websockets, by outcome: recorded, replayed or the code of an error.",
    ["outcome"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0),
)


class PresenceCollector(Collector):
    """Reads Redis at each scrape. While Redis is unavailable it reports nothing instead of wrong numbers."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Empty, because registering must not read Redis."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
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
