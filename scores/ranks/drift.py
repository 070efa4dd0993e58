"""Compares the rank index with PostgreSQL without changing either."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from leaderboard.rank_index import RankIndex
from leaderboard.types import Standing
from scores.models import UserScore
from scores.progress import Advance, unwatched
from scores.ranks.healing import still_differing
from scores.ranks.standings import iterate_standings

EXAMPLES = 10


@dataclass
class RankDrift:
    """What `check_rank_index` found. `wrong` and `extra` name up to EXAMPLES users each; stray entries have no user."""

    checked: int = 0
    is_ready: bool = True
    wrong: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    wrong_count: int = 0
    extra_count: int = 0
    stray_count: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether the index and PostgreSQL agree."""
        return self.is_ready and not (self.wrong_count or self.extra_count or self.stray_count)


def check_rank_index(advance: Advance = unwatched) -> RankDrift:
    """Compare every user with the index, also under traffic: a difference counts only if it lasts. Changes nothing."""
    index, drift = RankIndex(), RankDrift()
    drift.is_ready = index.is_ready()
    for standings in iterate_standings():
        _add_wrong(drift, still_differing(index, index.differing(standings)))
        drift.checked += len(standings)
        advance(len(standings))
    # If no user is wrong and the index is not larger than the table, the index cannot hold extra users.
    if drift.wrong_count or index.size() > UserScore.on_the_board.count():
        for user_ids in index.iterate_user_ids():
            named = {user_id or "(junk)" for user_id in user_ids}
            known = set(UserScore.on_the_board.filter(user_id__in=named).values_list("user_id", flat=True))
            _add_extra(drift, named - known)
    drift.stray_count = index.stray_members()
    return drift


def _add_wrong(drift: RankDrift, wrong: Iterable[Standing]) -> None:
    user_ids = [standing.user_id for standing in wrong]
    drift.wrong_count += len(user_ids)
    drift.wrong = (drift.wrong + user_ids)[:EXAMPLES]


def _add_extra(drift: RankDrift, extra: set[str]) -> None:
    drift.extra_count += len(extra)
    drift.extra = (drift.extra + sorted(extra))[:EXAMPLES]
