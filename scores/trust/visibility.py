"""Hides and bans users, and undoes both. A hidden user is on no board and in no count; scores are still recorded.

`users_scores.is_hidden` is what boards, ranks and writes look at. It changes in the transaction that says why.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from leaderboard.publisher import publish_board_changed
from leaderboard.rank_index import RankIndex
from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.api.usernames import readable_username
from scoreboard_project.audit.entries import record_change, user_target
from scoreboard_project.runtime.redis import RedisUnavailable
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, is_well_formed_text
from scoreboard_project.tokens.token_state import wait_for_every_process
from scores.models import ModeratedUser, UserScore
from scores.models.moderated_user import IN_TURN
from scores.ranks.healing import UNDER_WAY_SECONDS
from scores.ranks.standings import list_standings
from scores.trust.existence import check_users

CHANGE_TIME = """
SELECT greatest(clock_timestamp(), (SELECT max(changed_at) FROM moderated_users) + interval '1 microsecond')
"""
Change = Callable[[ModeratedUser], None]


def hide_users(user_ids: Sequence[str], *, reason: str) -> int:
    """Returns how many users that changed. Raises UserNotFound for one who never scored; then nobody is hidden."""
    return _moderate_all(user_ids, "user.hidden", reason, lambda user: setattr(user, "is_hidden", True))


def show_users(user_ids: Sequence[str], *, reason: str) -> int:
    """Undo `hide_users`. Banned users stay hidden."""
    return _moderate_all(user_ids, "user.shown", reason, lambda user: setattr(user, "is_hidden", False))


def ban_users(user_ids: Sequence[str], *, reason: str) -> int:
    """Refuse the users' tokens from when this returns, in every process, and hide the users.

    Returns how many users that changed. They need not have scored yet.
    """
    changed = _moderate_all(
        user_ids, "user.banned", reason, lambda user: setattr(user, "is_banned", True), add_unknown=True
    )
    wait_for_every_process()
    return changed


def unban_users(user_ids: Sequence[str], *, reason: str) -> int:
    """Undo `ban_users`. Users who were hidden too stay hidden. Raises UserNotFound."""
    changed = _moderate_all(user_ids, "user.unbanned", reason, lambda user: setattr(user, "is_banned", False))
    wait_for_every_process()
    return changed


def _moderate_all(user_ids: Sequence[str], what: str, reason: str, change: Change, *, add_unknown: bool = False) -> int:
    if not add_unknown:
        check_users(user_ids)
    changed, done = 0, []
    try:
        for user_id in user_ids:
            changed += _moderate(user_id, what, reason, change, add_unknown=add_unknown)
            done.append(user_id)
    finally:
        # Also for those who were so already: the process that changed them may have been interrupted.
        update_boards(done)
    return changed


def _moderate(user_id: str, what: str, reason: str, change: Change, *, add_unknown: bool = False) -> bool:
    if not is_well_formed_text(user_id, MAX_USER_ID_LENGTH):
        raise UserNotFound(details={"userId": user_id})
    with transaction.atomic():
        now = _begin_change()
        if add_unknown:
            _add_unknown(user_id, now)
        score = UserScore.objects.select_for_update().filter(user_id=user_id).first()
        if score is None:
            raise UserNotFound(details={"userId": user_id})
        row = ModeratedUser.objects.filter(user_id=user_id).first() or ModeratedUser(user_id=user_id)
        old = _values(row)
        change(row)
        is_new = _values(row) != old
        if is_new:
            row.changed_at = now
            row.save()
            record_change(what, target=user_target(user_id), why=reason, old=old, new=_values(row))
            _set_hidden(score, is_hidden=row.is_invisible)
    return is_new


def _begin_change() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(IN_TURN)
        cursor.execute(CHANGE_TIME)
        now: datetime = cursor.fetchone()[0]
        return now


def _add_unknown(user_id: str, now: datetime) -> None:
    """Without a row, a game server's batch could make one that is not hidden. It goes when the ban ends."""
    name = readable_username(user_id, user_id=user_id)
    row = UserScore(user_id=user_id, username=name, last_updated=now, created_at=now, is_hidden=True)
    UserScore.objects.bulk_create([row], ignore_conflicts=True)


def _values(row: ModeratedUser) -> dict[str, bool]:
    return {"isHidden": row.is_hidden, "isBanned": row.is_banned}


def _set_hidden(score: UserScore, *, is_hidden: bool) -> None:
    if not is_hidden and score.version == 0:
        score.delete()
    elif score.is_hidden != is_hidden:
        # A rank snapshot of a hidden user would leave a trace.
        UserScore.objects.filter(pk=score.pk).update(is_hidden=is_hidden, rank=None)


def update_boards(user_ids: Sequence[str]) -> None:
    """Make the rank index, the cached boards and the live boards agree with PostgreSQL, after the commit.

    While Redis is unavailable, this process doubts what it holds, and the reconcile pass makes up for it.
    """
    if not user_ids:
        return
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
