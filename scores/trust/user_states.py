"""What moderators have done to users, as it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scores.models import ModeratedUser, UserScore


@dataclass(frozen=True, slots=True)
class UserState:
    """`is_hidden`: on no board, whether hidden or banned. `has_scored` is false for an id that may be a typo."""

    is_hidden: bool
    is_banned: bool
    is_held: bool
    has_scored: bool


def states_of(user_ids: Sequence[str]) -> Mapping[str, UserState]:
    """In the order of the ids."""
    scores = UserScore.objects.in_bulk(user_ids)
    banned = set(ModeratedUser.objects.filter(pk__in=user_ids, is_banned=True).values_list("pk", flat=True))
    return {user_id: _state(scores.get(user_id), is_banned=user_id in banned) for user_id in user_ids}


def _state(score: UserScore | None, *, is_banned: bool) -> UserState:
    return UserState(
        is_hidden=bool(score and score.is_hidden),
        is_banned=is_banned,
        is_held=bool(score and score.is_held),
        has_scored=bool(score and score.version),
    )
