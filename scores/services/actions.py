"""What goes into the write path and what comes out of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from scoreboard_project.api.errors import ApiError


@dataclass(frozen=True, slots=True)
class ScoreAction:
    """One action a game reports. What it is worth is not its to say."""

    user_id: str
    username: str
    request_id: str
    action_type: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    ip_address: str = ""
    user_agent: str = ""
    # Set by imports and reversals, never by a request: what it is worth instead of its type's value, active or not.
    points: int | None = None

    def renamed(self, username: str) -> "ScoreAction":
        """The same action under another username."""
        return replace(self, username=username)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked, whatever the order of its keys: a retry has the same one."""
        asked = json.dumps([self.action_type, self.metadata], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(asked.encode()).digest()


@dataclass(frozen=True, slots=True)
class RecordedAction:
    """What an action did, as its score event says."""

    action_id: str
    request_id: str
    action_type: str
    score_increment: int
    new_score: int
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class AppliedAction(RecordedAction):
    """A row of `apply_score_actions.sql`: an action, and its user after all of the statement's actions.

    `position` counts from 1 among the actions sent. `new_score` is the score after this very action.
    """

    position: int
    user_id: str
    current_score: int
    last_updated: datetime
    total_actions: int


@dataclass(frozen=True, slots=True)
class EarlierAction(RecordedAction):
    """A row of `earlier_requests.sql`: what an earlier request with the same id did."""

    user_id: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class ScoreActionResult:
    """The answer to one action: recorded now, recorded by an earlier request, or refused with an error."""

    recorded: RecordedAction | None = None
    previous_rank: int | None = None
    new_rank: int | None = None
    is_replay: bool = False
    is_same_request: bool = True
    error: ApiError | None = None
