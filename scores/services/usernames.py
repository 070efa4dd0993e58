"""Names for actions that come without one: from a game server or an import, not from a token."""

from collections.abc import Mapping, Sequence

from scoreboard_project.tokens.token_claims import MAX_USERNAME_LENGTH
from scores.models import UserScore
from scores.services.actions import ScoreAction


def with_known_usernames(actions: Sequence[ScoreAction]) -> list[ScoreAction]:
    """Who comes without a username keeps the one there is; a new user is called by the user id.

    A rename that commits in between is taken back by this action, and stands again with the user's next: accepted.
    """
    nameless = {action.user_id for action in actions if not action.username}
    known: Mapping[str, str] = dict(
        UserScore.objects.filter(user_id__in=nameless).values_list("user_id", "username") if nameless else ()
    )
    named = dict(known) | {action.user_id: action.username for action in actions if action.username}
    return [
        action if action.username else action.renamed(named.get(action.user_id, action.user_id[:MAX_USERNAME_LENGTH]))
        for action in actions
    ]
