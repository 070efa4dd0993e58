"""Reads action types."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.flows.joined import Joined
from scoreboard_project.runtime.postgres.statement import Statement

RULES = """
SELECT action_type, is_active, is_ruled, max_per_minute, max_per_hour, max_per_day, max_ever, cooldown_seconds,
    metadata_schema::text, server_only, hold_scores, valid_from, valid_until, requires_action_type, requires_count
FROM action_types WHERE action_type = ANY(%(codes)s)
"""
ACTIVE = """
SELECT action_type, is_active, is_ruled, max_per_minute, max_per_hour, max_per_day, max_ever, cooldown_seconds,
    metadata_schema::text, server_only, hold_scores, valid_from, valid_until, requires_action_type, requires_count,
    score_value, description, category
FROM action_types WHERE is_active ORDER BY action_type
"""


@dataclass(frozen=True, slots=True)
class ActionTypeRules:
    """An action type with its rules. `metadata_schema` is the text of a JSON Schema."""

    action_type: str
    is_active: bool
    is_ruled: bool
    max_per_minute: int | None = None
    max_per_hour: int | None = None
    max_per_day: int | None = None
    max_ever: int | None = None
    cooldown_seconds: int | None = None
    metadata_schema: str | None = None
    server_only: bool = False
    hold_scores: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    requires_action_type: str | None = None
    requires_count: int | None = None

    @property
    def counts_actions(self) -> bool:
        """Whether a rule depends on the earlier actions of this type."""
        limits = (self.max_per_minute, self.max_per_hour, self.max_per_day, self.max_ever, self.cooldown_seconds)
        return any(limit is not None for limit in limits)

    @property
    def most_recent(self) -> int:
        """How many of the latest actions the sliding windows look at."""
        return max(self.max_per_minute or 0, self.max_per_hour or 0)


def rules_of(codes: Collection[str]) -> Statement[ActionTypeRules]:
    """The action types with these codes, active or not."""
    return Statement(RULES, ActionTypeRules, {"codes": list(codes)})


@dataclass(frozen=True, slots=True)
class ActionTypeRow(ActionTypeRules):
    """An active action type."""

    score_value: int = 0
    description: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class ActiveActionTypes(Joined[list[ActionTypeRow]]):
    """The active action types, by code."""

    @classmethod
    def answer_all(cls, asked: Sequence["ActiveActionTypes"]) -> Flow[list[list[ActionTypeRow] | Exception]]:
        rows = yield from Statement(ACTIVE, ActionTypeRow, {})
        return [rows] * len(asked)
