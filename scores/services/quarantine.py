"""Keeps actions aside that wait for a moderator, within the transaction that found that they must wait."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from scoreboard_project.runtime.flows.flow import Flow
from scores.services.actions import QuarantinedAction, ScoreAction
from scores.services.writes import encoded
from scores.sql.statements import statement_of

# By the action's position among those sent, from 0.
Held = dict[int, QuarantinedAction]


def held_among(user_ids: Collection[str]) -> Flow[frozenset[str]]:
    """The users whose actions wait for a moderator."""
    return frozenset((yield from statement_of("held_users", _user_id, {"user_ids": list(user_ids)})))


def _user_id(user_id: str) -> str:
    return user_id


def hold_actions(actions: Sequence[ScoreAction], places: Sequence[int], moment: datetime) -> Flow[Held]:
    """Hold the actions at these places. Left out are those whose request id another write has used meanwhile."""
    if not places:
        return {}
    parameters = {"actions": encoded([actions[at] for at in places]), "moment": moment}
    rows = yield from statement_of("hold_actions", QuarantinedAction, parameters)
    found = {places[row.position - 1]: row for row in rows}
    return {at: msgspec.structs.replace(row, position=at + 1) for at, row in found.items()}
