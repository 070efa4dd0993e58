"""Corrects single users in the rank index, and finds what only a rebuild can correct."""

import time
from collections.abc import Sequence
from datetime import datetime

from leaderboard.rank_index import RankIndex
from leaderboard.types import Standing
from scores.models import UserScore
from scores.ranks.database import ERASED_PREFIX, list_latest_erased
from scores.ranks.standings import BATCH, list_changed_users, list_hidden, list_standings, list_standings_after

RECHECKS = 5
RECHECK_SECONDS = 0.2
# Longer than a write usually takes from its commit to the index.
UNDER_WAY_SECONDS = 0.05
# Comparing more users one by one would take longer than a rebuild.
MOST_CHANGED = 200_000
# How many users each pass compares in turn: a small board completely, ten million users within hours.
PATROL_USERS = 1000
ERASURE_MISSED = "a user was erased and is still in the rank index"


class IndexIsWrong(Exception):
    """Correcting single users is not enough: the rank index must be rebuilt."""


def still_differing(index: RankIndex, differing: list[Standing]) -> list[Standing]:
    """The standings that still differ after concurrent writes have had time to reach the index."""
    for _ in range(RECHECKS):
        if not differing:
            return []
        time.sleep(RECHECK_SECONDS)
        differing = index.differing(list_standings(standing.user_id for standing in differing))
    return differing


def apply_missed_changes(index: RankIndex, since: datetime, *, is_ready: bool) -> int:
    """Correct the users with score events since then, or hidden or shown since. Returns how many were wrong.

    Raises IndexIsWrong.
    """
    changed = list_changed_users(since, MOST_CHANGED + 1)
    if len(changed) > MOST_CHANGED:
        raise IndexIsWrong(f"more than {MOST_CHANGED} users have changed since the last check of the rank index")
    batches = (changed[first : first + BATCH] for first in range(0, len(changed), BATCH))
    return sum(
        _correct(index, list_standings(user_ids), is_ready=is_ready) + _forget_hidden(index, user_ids)
        for user_ids in batches
    )


def _correct(index: RankIndex, standings: Sequence[Standing], *, is_ready: bool) -> int:
    differing = index.differing(standings)
    if not differing:
        return 0
    if is_ready:
        time.sleep(UNDER_WAY_SECONDS)
    # First the index, then PostgreSQL: what the index holds was committed earlier. So if PostgreSQL has an older state,
    # it was restored.
    kept = index.kept([standing.user_id for standing in differing])
    missed = index.differing(list_standings(kept))
    if any(kept[each.user_id] is None and each.user_id.startswith(ERASED_PREFIX) for each in missed):
        raise IndexIsWrong(ERASURE_MISSED)
    return index.correct((standing, kept[standing.user_id]) for standing in missed) if missed else 0


def _forget_hidden(index: RankIndex, user_ids: Sequence[str]) -> int:
    """A write that was committed just before its user was hidden can reach the index after the user was removed."""
    kept = index.kept(list_hidden(user_ids))
    left = [user_id for user_id, value in kept.items() if value is not None]
    for user_id in left:
        index.forget(user_id)
    return len(left)


def check_erasures(index: RankIndex) -> None:
    """The users erased last must be in the index under their new ids: the same step removes the old id.

    Raises IndexIsWrong.
    """
    erased = list_latest_erased()
    kept = index.kept([standing.user_id for standing in erased])
    if still_differing(index, [standing for standing in erased if kept[standing.user_id] is None]):
        raise IndexIsWrong(ERASURE_MISSED)


def patrol_users(index: RankIndex, after: str) -> str:
    """Compare the next users of PostgreSQL with the index. Returns where the next pass goes on. Raises IndexIsWrong."""
    standings = list_standings_after(after, PATROL_USERS)
    wrong = still_differing(index, index.differing(standings))
    if wrong:
        raise IndexIsWrong(f"{len(wrong)} of {len(standings)} users compared are wrong in the rank index")
    return standings[-1].user_id if len(standings) == PATROL_USERS else ""


def patrol_index(index: RankIndex, cursor: int) -> int:
    """Look up the next users of the index in PostgreSQL. Returns where the next pass goes on. Raises IndexIsWrong."""
    cursor, found = index.some_user_ids(cursor, PATROL_USERS)
    user_ids = [user_id for user_id in found if user_id is not None]
    if len(user_ids) < len(found):
        raise IndexIsWrong("the rank index holds invalid data")
    strangers = _unknown(user_ids)
    for _ in range(RECHECKS):
        if not strangers:
            return cursor
        time.sleep(RECHECK_SECONDS)
        strangers = _unknown([user_id for user_id, kept in index.kept(strangers).items() if kept is not None])
    raise IndexIsWrong(f"the rank index holds {len(strangers)} users who do not exist")


def _unknown(user_ids: list[str]) -> list[str]:
    known = (
        set(UserScore.on_the_board.filter(user_id__in=user_ids).values_list("user_id", flat=True)) if user_ids else ()
    )
    return [user_id for user_id in user_ids if user_id not in known]
