"""Whether what a moderator names exists. A typo must not look like a step that found nothing to do."""

from collections.abc import Collection, Sequence
from datetime import datetime
from ipaddress import ip_address

from action_types.models import MAX_CODE_LENGTH, ActionType
from scoreboard_project.api.errors import InvalidActionType, InvalidRequest, NotFound, UserNotFound
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, is_well_formed_text
from scores.models import HeldAction, UserScore
from scores.ranks.standings import database_now

MAX_NAMED = 20


def check_users(user_ids: Sequence[str]) -> None:
    """Raises UserNotFound for the first who never scored."""
    well_formed = [user_id for user_id in user_ids if is_well_formed_text(user_id, MAX_USER_ID_LENGTH)]
    known = set(UserScore.objects.filter(pk__in=well_formed).values_list("pk", flat=True))
    for user_id in user_ids:
        if user_id not in known:
            raise UserNotFound(details={"userId": user_id})


def check_user_of_held(user_id: str) -> None:
    """Raises UserNotFound for one who neither scored nor has anything held: a first action may be held."""
    if not is_well_formed_text(user_id, MAX_USER_ID_LENGTH) or not HeldAction.objects.filter(user_id=user_id).exists():
        check_users([user_id])


def check_action_type(code: str) -> None:
    """Raises InvalidActionType. A type that is not active exists."""
    if not is_well_formed_text(code, MAX_CODE_LENGTH) or not ActionType.objects.filter(pk=code).exists():
        raise InvalidActionType("There is no such action type", details={"actionType": code})


def check_actions(wanted: Collection[str], found: Collection[str], message: str) -> None:
    """Raises NotFound, which names those that are missing, up to MAX_NAMED."""
    if missing := sorted(set(wanted) - set(found)):
        raise NotFound(message, details={"actionIds": missing[:MAX_NAMED], "missing": len(missing)})


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Raises InvalidRequest."""
    if since and since > database_now():
        raise InvalidRequest("since is in the future", details={"since": since.isoformat()})
    if since and until and since >= until:
        raise InvalidRequest("since must be earlier than until")


def stored_address(text: str) -> str:
    """The address as score events have it. Raises InvalidRequest."""
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        raise InvalidRequest("ipAddress must be an IPv4 or IPv6 address", details={"ipAddress": text}) from None
