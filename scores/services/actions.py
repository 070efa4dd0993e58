"""The inputs and results of the write path."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from scoreboard_project.api.errors import ApiError

# Begins the request id under which an approved action is counted. Clients cannot use it: theirs have no spaces.
APPROVAL = "approval of "


class Reporter(Enum):
    """Who reports an action, and so which rules of its type hold."""

    USER = "user"
    # A game server, with the scope scores:write:any: it may report types that are for servers only.
    SERVER = "server"
    # An import or a correction: no rule holds, but the action counts against the limits of later ones.
    OPERATOR = "operator"


class ScoreAction(msgspec.Struct, frozen=True):
    """One action that a game reports. The game does not decide what it is worth."""

    user_id: str
    username: str
    request_id: str
    action_type: str
    metadata: Mapping[str, Any] = msgspec.field(default_factory=dict)
    ip_address: str = ""
    user_agent: str = ""
    # Set for opening balances and corrections, which are not actions of the user, and for approved actions. Replaces
    # the value of the action type, which may then be inactive.
    points: int | None = None
    reporter: Reporter = Reporter.USER
    # Set for an approved action, which keeps the id that it had while it was held.
    action_id: str = ""
    # The id of the HTTP request or frame that brought it, for the log.
    trace_id: str = ""

    @property
    def is_exempt(self) -> bool:
        """Whether no rule holds for it, and nobody holds it: what an operator reports or corrects."""
        return self.reporter is Reporter.OPERATOR or self.points is not None

    @property
    def is_approval(self) -> bool:
        return self.request_id.startswith(APPROVAL)

    def renamed(self, username: str) -> "ScoreAction":
        return msgspec.structs.replace(self, username=username)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the action type and metadata. A retry has the same one, whatever the order of its keys."""
        asked = msgspec.json.encode([self.action_type, self.metadata], order="deterministic")
        return hashlib.sha256(asked).digest()


class RecordedAction(msgspec.Struct, frozen=True):
    """What an action did, as recorded in its score event."""

    action_id: str
    request_id: str
    action_type: str
    score_increment: int
    new_score: int
    processed_at: datetime


class AppliedAction(RecordedAction, frozen=True):
    """A row of `apply_score_actions.sql`: an action, and its user's values after all actions of the statement.

    `position` counts from 1 among the actions sent. `new_score` is the score right after this action.
    """

    position: int
    user_id: str
    current_score: int
    last_updated: datetime
    version: int
    is_hidden: bool


class QuarantinedAction(RecordedAction, frozen=True):
    """A row of `hold_actions.sql`: an action that waits for a moderator. `new_score` is the score without it."""

    position: int
    user_id: str


class EarlierAction(RecordedAction, frozen=True):
    """A row of `earlier_requests.sql`: what an earlier request with the same id did."""

    user_id: str
    fingerprint: bytes
    is_held: bool


class ScoreActionResult(msgspec.Struct, frozen=True):
    """The answer to one action: recorded or held, now or by an earlier request, or refused with an error."""

    recorded: RecordedAction | None = None
    previous_rank: int | None = None
    new_rank: int | None = None
    is_replay: bool = False
    is_same_request: bool = True
    is_held: bool = False
    error: ApiError | None = None
