"""Hides and bans users, and undoes both. A hidden user is on no board and in no count; scores are still recorded.

`users_scores.is_hidden` is what boards, ranks and writes look at. It changes in the transaction that says why.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from django.db import transaction

from leaderboard.publisher import publish_board_changed
from leaderboard.rank_index import RankIndex
from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.entries import record_change, user_target
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.models import ModeratedUser, UserScore
from scores.ranks.healing import UNDER_WAY_SECONDS
from scores.ranks.standings import database_now, list_standings

Change = Callable[[ModeratedUser], None]


def hide_user(user_id: str, *, reason: str) -> bool:
    """Returns whether that changed anything. Raises UserNotFound for a user who never scored."""
    return _moderate(user_id, "user.hidden", reason, lambda user: setattr(user, "is_hidden", True))


def show_user(user_id: str, *, reason: str) -> bool:
    """Undo `hide_user`. A banned user stays hidden."""
    return _moderate(user_id, "user.shown", reason, lambda user: setattr(user, "is_hidden", False))


def _moderate(user_id: str, what: str, reason: str, change: Change) -> bool:
    with transaction.atomic():
        score = UserScore.objects.select_for_update().filter(user_id=user_id).first()
        if score is None:
            raise UserNotFound(details={"userId": user_id})
        changed = _change(user_id, what, reason, change)
        if changed:
            _set_hidden(score, is_hidden=changed.is_invisible)
    if changed:
        update_boards([user_id])
    return changed is not None


def _change(user_id: str, what: str, reason: str, change: Change) -> ModeratedUser | None:
    """The changed row; None if it was so already. Its transaction holds the row's lock."""
    ModeratedUser.objects.bulk_create(
        [ModeratedUser(user_id=user_id, changed_at=database_now())], ignore_conflicts=True
    )
    row = ModeratedUser.objects.select_for_update().get(user_id=user_id)
    old = _values(row)
    change(row)
    if _values(row) == old:
        return None
    row.changed_at = database_now()
    row.save(force_update=True)
    record_change(what, target=user_target(user_id), why=reason, old=old, new=_values(row))
    return row


def _values(row: ModeratedUser) -> dict[str, bool]:
    return {"isHidden": row.is_hidden, "isBanned": row.is_banned}


def _set_hidden(score: UserScore, *, is_hidden: bool) -> None:
    if score.is_hidden != is_hidden:
        # A rank snapshot of a hidden user would leave a trace.
        UserScore.objects.filter(pk=score.pk).update(is_hidden=is_hidden, rank=None)


def update_boards(user_ids: Sequence[str]) -> None:
    """Make the rank index, the cached boards and the live boards agree with PostgreSQL, after the commit.

    While Redis is unavailable, this process doubts what it holds, and the reconcile pass makes up for it.
    """
    try:
        _update_index(user_ids)
        # A write that was committed before the user was hidden may reach the index only now.
        time.sleep(UNDER_WAY_SECONDS)
        _update_index(user_ids)
    except RedisUnavailable:
        pass
    finally:
        publish_board_changed(1)


def _update_index(user_ids: Iterable[str]) -> None:
    """Also where the index is lost or lacks the user: the cached boards and a running rebuild may not."""
    index, wanted = RankIndex(), list(user_ids)
    standings = list_standings(wanted)
    for user_id in set(wanted) - {standing.user_id for standing in standings}:
        index.forget(user_id)
    if standings:
        index.record(standings)
