"""Rebuilds the rank index from PostgreSQL beside the live one, without stopping traffic."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from leaderboard.rank_belief import rank_belief
from leaderboard.rank_rebuild import RankRebuild
from leaderboard.reconcile_mark import ReconcileMark, ReconcileTurn
from leaderboard.types import Standing, to_microseconds
from scores.progress import Advance, unwatched
from scores.ranks.database import find_newest_event_of, read_database_identity
from scores.ranks.standings import database_now, iterate_sorted_standings


def rebuild_rank_index(advance: Advance = unwatched) -> int:
    """Build a new index and replace the live one. Returns the number of users.

    Raises RebuildBusy, RebuildLost or RedisUnavailable; the live index is unchanged then.
    """
    users, latest = 0, Standing("", 0, 0, 0)
    rank_belief.identity = read_database_identity()
    with RankRebuild() as rebuild, ThreadPoolExecutor(1) as loader, closing(iterate_sorted_standings()) as batches:
        started = database_now()
        # PostgreSQL reads the next batch while Redis stores the previous one.
        loading: Future[None] | None = None
        for standings in batches:
            if loading:
                loading.result()
            loading = loader.submit(rebuild.add, standings)
            users += len(standings)
            latest = max(latest, *standings, key=lambda standing: standing.moved_at)
            advance(len(standings))
        if loading:
            loading.result()
        rebuild.finish()
    ReconcileTurn().write(ReconcileMark(moment=to_microseconds(started), event=find_newest_event_of(latest.user_id)))
    return users
