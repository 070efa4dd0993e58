"""The banned users, whose tokens are refused from the next request on, in every process.

Each process keeps the list and believes it for LEASE_SECONDS from when it began to read it. A server reads it again
before that; otherwise the next request with a token does, once for all that wait. Whoever bans waits as long after the
commit: from then on every process has read the list again, or will before it answers. So a request costs a look into a
set, and no message can be lost.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scoreboard_project.api.errors import PermissionDenied
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.flows.joined import Joined
from scoreboard_project.runtime.postgres.statement import Statement

LEASE_SECONDS = 0.5

# Changes commit one after another, each with a later time: the latest stands for all.
READ_REVISION = "SELECT max(changed_at) FROM moderated_users"
READ_BANNED = "SELECT user_id FROM moderated_users WHERE is_banned"


class BannedUsers:
    """There is one per process."""

    def __init__(self) -> None:
        # The revision and its users, replaced as one: other threads read it.
        self.known: tuple[datetime | None, frozenset[str]] = (None, frozenset())
        self._believed_until = 0.0

    @property
    def user_ids(self) -> frozenset[str]:
        return self.known[1]

    @property
    def are_believed(self) -> bool:
        return time.monotonic() < self._believed_until

    def note(self, revision: datetime | None, user_ids: frozenset[str], *, asked_at: float) -> None:
        """`asked_at` is the monotonic time before the question."""
        self.known = revision, user_ids
        self._believed_until = asked_at + LEASE_SECONDS

    def forget(self) -> None:
        """Ask again before the next request. The list itself stays for whoever cannot ask."""
        self._believed_until = 0.0


banned_users = BannedUsers()
os.register_at_fork(after_in_child=banned_users.forget)


@dataclass(frozen=True, slots=True)
class BannedNow(Joined[frozenset[str]]):
    """The list as PostgreSQL has it now. Raises Django's database errors."""

    @classmethod
    def answer_all(cls, asked: Sequence["BannedNow"]) -> Flow[list[frozenset[str] | Exception]]:
        asked_at = time.monotonic()
        (revision,) = yield from Statement(READ_REVISION, _moment, {})
        known_revision, user_ids = banned_users.known
        if revision != known_revision:
            # Read after the revision, so that a change in between is read twice rather than missed.
            user_ids = frozenset((yield from Statement(READ_BANNED, str, {})))
        banned_users.note(revision, user_ids, asked_at=asked_at)
        return [user_ids] * len(asked)


def refuse_banned(user_id: str) -> Flow[None]:
    """Raises PermissionDenied for a banned user."""
    banned = banned_users.user_ids if banned_users.are_believed else (yield from BannedNow())
    if user_id in banned:
        raise PermissionDenied("This user is banned", details={"reason": "banned"})


def _moment(moment: datetime | None) -> datetime | None:
    return moment
