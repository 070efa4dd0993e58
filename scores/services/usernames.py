"""Usernames for actions that come without one, from a game server or an import."""

from collections.abc import Collection, Mapping, Sequence

from scoreboard_project.api.usernames import readable_username
from scoreboard_project.runtime.flows.flow import Flow
from scores.services.actions import ScoreAction
from scores.sql.statements import statement_of


def with_known_usernames(actions: Sequence[ScoreAction]) -> Flow[list[ScoreAction]]:
    """Fill in missing usernames: a known user keeps their name, and a new user is named after the user id.

    If a rename commits in between, this action undoes it until the user's next action. We accept that.
    """
    unnamed = {action.user_id for action in actions if not action.username}
    known = yield from _read_usernames(unnamed)
    named = known | {action.user_id: action.username for action in actions if action.username}
    return [action if action.username else action.renamed(_name_of(action.user_id, named)) for action in actions]


def _read_usernames(user_ids: Collection[str]) -> Flow[dict[str, str]]:
    """Usernames by user id, also of hidden users. Unknown users are left out."""
    if not user_ids:
        return {}
    return dict((yield from statement_of("usernames", _pair, {"user_ids": list(user_ids)})))


def _pair(user_id: str, username: str) -> tuple[str, str]:
    return user_id, username


def _name_of(user_id: str, named: Mapping[str, str]) -> str:
    return named.get(user_id) or readable_username(user_id, user_id=user_id)
