"""Reads action types."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.flows.joined import Joined
from scoreboard_project.runtime.postgres.statement import Statement

ACTIVE = """
SELECT action_type, score_value, description, category FROM action_types WHERE is_active ORDER BY action_type
"""


@dataclass(frozen=True, slots=True)
class ActionTypeRow:
    """An active action type."""

    action_type: str
    score_value: int
    description: str
    category: str


@dataclass(frozen=True, slots=True)
class ActiveActionTypes(Joined[list[ActionTypeRow]]):
    """The active action types, by code."""

    @classmethod
    def answer_all(cls, asked: Sequence["ActiveActionTypes"]) -> Flow[list[list[ActionTypeRow] | Exception]]:
        rows = yield from Statement(ACTIVE, ActionTypeRow, {})
        return [rows] * len(asked)
