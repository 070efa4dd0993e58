"""Serves the Prometheus metrics. Each app defines its own metrics.

With several worker processes, set PROMETHEUS_MULTIPROC_DIR to an empty directory that only this server uses. Each
worker then writes its numbers there, and any worker can answer for all of them.
"""

import os

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter
from prometheus_client import multiprocess as prometheus_multiprocess
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

redis_failures = Counter("scoreboard_redis_failures_total", "Calls that Redis did not answer.")
redis_refusals = Counter(
    "scoreboard_redis_refusals_total", "Calls that Redis answered with an error, by its code.", ["code"]
)

# Collectors whose numbers already cover all processes. Apps add theirs with `register_collector`.
_shared_collectors: list[Collector] = []


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """`GET /metrics`, for the operators' network only: the gateway does not forward it."""
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def exposition() -> bytes:
    """The metrics of all processes that share PROMETHEUS_MULTIPROC_DIR; without it, of this process."""
    return generate_latest(_registry())


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
