"""What one run of a load gives."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """Requests a second, the times of requests in ms, and the seconds of processor time a request, by part."""

    rate: float
    p50: float
    p95: float
    p99: float
    processor: dict[str, float] = field(default_factory=dict)


def percentile(ordered: list[float], part: float) -> float:
    """The value below which that part of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
