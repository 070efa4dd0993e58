"""The app's counters at /metrics."""

from prometheus_client import Counter

_board_reads = Counter("scoreboard_board_reads_total", "Reads of the top boards by source.", ["source"])
cached_board_reads = _board_reads.labels("cache")
loaded_board_reads = _board_reads.labels("postgresql")
