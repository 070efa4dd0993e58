"""Erases a user: removes everything that identifies them, and keeps their points in the ledger under a random id."""

import uuid_utils
from django.db import connection, transaction

from leaderboard.publisher import publish_board_changed
from leaderboard.rank_index import RankIndex
from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.entries import record_change, replace_erased_user, user_target
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.locks import wait_to_erase
from scores.models import REVERSAL, ScoreEvent, ScoreRequest, UserScore
from scores.models.moderated_user import IN_TURN
from scores.ranks.database import ERASED_PREFIX
from scores.ranks.standings import list_standings
from scores.services.actions import APPROVAL

ERASED_USERNAME = "Erased player"

COPY_USER = """
INSERT INTO users_scores (user_id, username, current_score, rank, last_updated, total_actions, version, created_at,
    is_hidden)
SELECT %(erased)s, %(username)s, current_score, rank, last_updated, total_actions, version, created_at,
    is_hidden
FROM users_scores WHERE user_id = %(user_id)s
"""
# The events are now another user's, and so is what was chosen of them.
ANONYMISE_MODERATIONS = """
UPDATE moderations SET selection = jsonb_set(selection, '{userId}', to_jsonb(%(erased)s::text))
WHERE selection ->> 'userId' = %(user_id)s
"""
# Revoked tokens of the user, should any be left, are valid again: nothing is left to know the user by.
FORGET_REVOCATION = "DELETE FROM token_revocations WHERE user_id = %(user_id)s"
# A game may have put a name into a request id. That of an approval names the action only, whose own request has its id.
ANONYMOUS_ID = f"CASE WHEN starts_with(request_id, '{APPROVAL}') THEN request_id ELSE action_id END"
# A reversal must still name the event that it reverses.
ANONYMISE_EVENTS = """
UPDATE score_events
SET user_id = %(erased)s, request_id = ANONYMOUS_ID, ip_address = '', user_agent = '', metadata = CASE action_type
    WHEN %(reversal)s
    THEN json_build_object('reverses', metadata -> 'reverses', 'moderation', metadata -> 'moderation') ELSE '{}' END
WHERE user_id = %(user_id)s
""".replace("ANONYMOUS_ID", ANONYMOUS_ID)
FORGET_TALLIES = "DELETE FROM action_tallies WHERE user_id = %(user_id)s"
FORGET_FLAGS = "DELETE FROM flags WHERE user_id = %(user_id)s"
FORGET_USUAL = """
UPDATE usual_hours SET counts = counts #- ARRAY['scores', %(user_id)s] WHERE counts -> 'scores' ? %(user_id)s
"""
FORGET_HELD = "DELETE FROM held_actions WHERE user_id = %(user_id)s"
ANONYMISE_REQUESTS = """
UPDATE score_requests SET user_id = %(erased)s, request_id = ANONYMOUS_ID, fingerprint = '' WHERE user_id = %(user_id)s
""".replace("ANONYMOUS_ID", ANONYMOUS_ID)


# Whoever was hidden stays hidden. A ban ends: nothing is left to know the user by.
ANONYMISE_MODERATION = """
UPDATE moderated_users SET user_id = %(erased)s, is_hidden = is_hidden OR is_banned, is_banned = false,
    changed_at = greatest(clock_timestamp(), (SELECT max(changed_at) FROM moderated_users) + interval '1 microsecond')
WHERE user_id = %(user_id)s
"""


def count_held(user_id: str) -> tuple[int, int]:
    """How many score events and request ids of the user are stored. Raises UserNotFound."""
    if not UserScore.objects.filter(user_id=user_id).exists():
        raise UserNotFound(details={"userId": user_id})
    return ScoreEvent.objects.filter(user_id=user_id).count(), ScoreRequest.objects.filter(user_id=user_id).count()


def erase_user(user_id: str, *, reason: str = "") -> tuple[str, bool]:
    """Erase in one transaction. Returns the random id that replaces the user id, and whether Redis was updated too.

    A concurrent action of the user waits for the erasure, and then creates a new user. Raises UserNotFound.
    """
    # These ids sort by time, so that the reconcile pass can find the latest.
    erased = f"{ERASED_PREFIX}{uuid_utils.uuid7()}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        wait_to_erase()
        cursor.execute(IN_TURN)
        if not UserScore.objects.select_for_update().filter(user_id=user_id).exists():
            raise UserNotFound(details={"userId": user_id})
        values = {"erased": erased, "username": ERASED_USERNAME, "user_id": user_id, "reversal": REVERSAL}
        for statement in (
            *(COPY_USER, ANONYMISE_EVENTS, ANONYMISE_REQUESTS, FORGET_TALLIES, FORGET_FLAGS, FORGET_HELD),
            *(ANONYMISE_MODERATION, ANONYMISE_MODERATIONS, FORGET_REVOCATION, FORGET_USUAL),
        ):
            cursor.execute(statement, values)
        cursor.execute("DELETE FROM users_scores WHERE user_id = %(user_id)s", values)
        replace_erased_user(user_id, erased)
        record_change("user.erased", target=user_target(erased), why=reason)
    return erased, _forget(user_id, erased)


def _forget(user_id: str, erased: str) -> bool:
    """Replace the user's id in Redis, in one step: if the new id is missing there, the old one may still be there."""
    visible = list_standings([erased])
    try:
        RankIndex().forget(user_id, instead=visible[0] if visible else None)
    except RedisUnavailable:
        return False
    finally:
        publish_board_changed(1)
    return True
