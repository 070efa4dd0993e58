"""Times that were measured, counted in tenths of a millisecond, so that windows add up and percentiles stay exact."""

from collections import Counter
from collections.abc import Iterable, Mapping

TENTHS = 10


class Times:
    """How often each time was measured."""

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self.counts: Counter[int] = Counter({int(tenths): count for tenths, count in (counts or {}).items()})

    def add(self, milliseconds: float) -> None:
        self.counts[round(milliseconds * TENTHS)] += 1

    def percentile(self, part: float) -> float:
        """The time in milliseconds below or at which `part` (0 to 1) of the measurements are; 0.0 without any."""
        wanted = part * self.counts.total()
        seen = 0
        for tenths, count in sorted(self.counts.items()):
            seen += count
            if seen >= wanted:
                return tenths / TENTHS
        return 0.0

    def as_json(self) -> dict[str, int]:
        return {str(tenths): count for tenths, count in self.counts.items()}


def merged(several: Iterable[Times]) -> Times:
    """All measurements together."""
    whole = Times()
    for times in several:
        whole.counts.update(times.counts)
    return whole
