"""The app's counters at /metrics."""

from prometheus_client import Counter

score_actions = Counter("scoreboard_score_actions_total", "Score actions by outcome.", ["outcome"])
applied_actions = score_actions.labels("applied")
other_actions = score_actions.labels("replayed_or_refused")
rank_index_misses = Counter(
    "scoreboard_rank_index_missed_updates_total", "Committed updates that did not reach the rank index."
)
rank_index_healed = Counter("scoreboard_rank_index_healed_total", "Users corrected by the reconcile pass.")
rank_index_rebuilds = Counter(
    "scoreboard_rank_index_rebuilds_total", "Rebuilds of the rank index by the reconcile pass."
)
