"""What the app counts, at /metrics."""

from prometheus_client import Counter

score_actions = Counter("scoreboard_score_actions_total", "Score actions by outcome.", ["outcome"])
rank_index_misses = Counter(
    "scoreboard_rank_index_missed_updates_total", "Committed updates that the rank index did not get."
)
rank_index_healed = Counter("scoreboard_rank_index_healed_total", "Users whom the reconcile pass put right.")
