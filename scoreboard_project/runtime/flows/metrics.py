"""How many requests share a round."""

from prometheus_client import Histogram

round_sizes = Histogram(
    "scoreboard_round_size",
    "Requests that were answered in one round, by the kind of question.",
    ["kind"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
)
