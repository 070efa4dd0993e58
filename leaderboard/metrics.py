"""The app's counters at /metrics."""

from prometheus_client import Counter, Gauge

_board_reads = Counter("scoreboard_board_reads_total", "Reads of the top boards by source.", ["source"])
cached_board_reads = _board_reads.labels("cache")
loaded_board_reads = _board_reads.labels("postgresql")
# Each process sets it at every check, so the most recent value is never that of a process that has ended.
rank_index_believed = Gauge(
    "scoreboard_rank_index_believed",
    "1 while ranks come from Redis, 0 while they come from PostgreSQL.",
    multiprocess_mode="mostrecent",
)
