"""Builds the rank index from PostgreSQL, beside the live one, while traffic goes on."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from leaderboard.rank_rebuild import RankRebuild
from leaderboard.reconcile_mark import ReconcileMark
from scores.progress import Advance, unwatched
from scores.ranks.standings import database_now, iterate_sorted_standings


def rebuild_rank_index(advance: Advance = unwatched) -> int:
    """Build the index anew and swap it in. Returns the number of users.

    Raises RebuildBusy, RebuildLost or RedisUnavailable; the live index is then as it was.
    """
    users = 0
    with RankRebuild() as rebuild, ThreadPoolExecutor(1) as loader, closing(iterate_sorted_standings()) as batches:
        started = database_now()
        # PostgreSQL is read while Redis takes in what was read before.
        under_way: Future[None] | None = None
        for standings in batches:
            if under_way:
                under_way.result()
            under_way = loader.submit(rebuild.add, standings)
            users += len(standings)
            advance(len(standings))
        if under_way:
            under_way.result()
        rebuild.finish()
    ReconcileMark().write(started)
    return users
