"""What an operator asks at 3 a.m., as Prometheus metrics. The only place that names a metric.

With several worker processes set PROMETHEUS_MULTIPROC_DIR to an empty directory of the server's: each worker then
writes its numbers there, and any of them answers for all.
"""

import os

from django.http import HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client import multiprocess as prometheus_multiprocess
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

REQUEST_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0)

# Collectors that answer for all processes by themselves; apps register theirs by `register_collector`.
_shared_collectors: list[Collector] = []

requests = Histogram(
    "scoreboard_request_seconds",
    "HTTP requests by route, method and status.",
    ["route", "method", "status"],
    buckets=REQUEST_BUCKETS,
)
score_actions = Counter("scoreboard_score_actions_total", "Score actions by outcome.", ["outcome"])
rank_index_misses = Counter(
    "scoreboard_rank_index_missed_updates_total", "Committed updates that the rank index did not get."
)
rank_index_healed = Counter("scoreboard_rank_index_healed_total", "Users whom the reconcile pass put right.")
board_reads = Counter("scoreboard_board_reads_total", "Reads of the top boards by source.", ["source"])
redis_failures = Counter("scoreboard_redis_failures_total", "Calls that Redis did not answer.")


def metrics_response() -> HttpResponse:
    """`GET /metrics`, for the operator's network only: the gateway does not pass it on."""
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def register_collector(collector: Collector) -> None:
    """Add a collector whose numbers come from outside this process."""
    _shared_collectors.append(collector)
    REGISTRY.register(collector)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    prometheus_multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    for collector in _shared_collectors:
        registry.register(collector)
    return registry
