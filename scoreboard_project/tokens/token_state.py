"""What PostgreSQL says about tokens: which keys sign and verify them, and which valid ones are refused all the same.

Refused, in every process from the next request on, are those of banned users and of retired keys, and revoked ones.
Each process keeps the lists and believes them for LEASE_SECONDS from when it began to read them. A server reads them
again before that; otherwise the next request with a token does, once for all that wait. Whoever bans or revokes waits
as long after the commit: from then on every process has read the lists again, or will before it answers. So a request
costs two looks into memory, and no message can be lost.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scoreboard_project.api.errors import ApiError, InvalidToken, PermissionDenied
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.flows.joined import Joined
from scoreboard_project.runtime.postgres.statement import Statement
from scoreboard_project.tokens.keys.own_keys import StoredKey
from scoreboard_project.tokens.principal import Principal

LEASE_SECONDS = 0.5

# Changes of a table commit one after another, each with a later time: the latest stands for all.
READ_REVISION = """
SELECT (SELECT max(changed_at) FROM moderated_users), (SELECT max(changed_at) FROM token_revocations),
    (SELECT max(changed_at) FROM signing_keys)
"""
READ_BANNED = "SELECT user_id FROM moderated_users WHERE is_banned"
READ_REVOKED = "SELECT user_id, extract(epoch FROM revoked_before)::float8 FROM token_revocations"
READ_KEYS = """
SELECT kid, public_key, private_key, extract(epoch FROM signs_from)::float8,
    coalesce(extract(epoch FROM verifies_until)::float8, 'Infinity')
FROM signing_keys
"""

Revision = tuple[datetime | None, ...]


class Banned(PermissionDenied):
    """A new token would not help, hence not INVALID_TOKEN."""

    def __init__(self) -> None:
        super().__init__("This user is banned", details={"reason": "banned"})


@dataclass(frozen=True, slots=True)
class TokenState:
    """`revoked` has the unix time before which a user's tokens were issued that are refused.

    `retired` names keys whose tokens were refused already when the state was read.
    """

    revision: Revision = ()
    banned: frozenset[str] = frozenset()
    revoked: Mapping[str, float] = field(default_factory=dict)
    keys: tuple[StoredKey, ...] = ()
    retired: frozenset[str] = frozenset()

    @property
    def refuses_any(self) -> bool:
        return bool(self.banned or self.revoked or self.retired)

    def refusal_of(self, principal: Principal) -> ApiError | None:
        """Why the principal's token is refused, if it is."""
        if principal.user_id in self.banned:
            return Banned()
        revoked_before = self.revoked.get(principal.user_id)
        if revoked_before is not None and principal.issued_at < revoked_before:
            return InvalidToken("The token was revoked")
        if principal.kid in self.retired:
            return InvalidToken("The key of the token was retired")
        return None


class KnownState:
    """What this process knows. There is one per process."""

    def __init__(self) -> None:
        # Replaced as one: other threads read it.
        self.state = TokenState()
        self._believed_until = 0.0

    @property
    def is_believed(self) -> bool:
        return time.monotonic() < self._believed_until

    def note(self, state: TokenState, *, asked_at: float) -> None:
        """`asked_at` is the monotonic time before the question."""
        self.state = state
        self._believed_until = asked_at + LEASE_SECONDS

    def forget(self) -> None:
        """Ask again before the next request. The state itself stays for whoever cannot ask."""
        self._believed_until = 0.0

    def check(self, principal: Principal) -> None:
        """Raises PermissionDenied for a banned user, InvalidToken for a revoked token, as far as is known."""
        if refusal := self.state.refusal_of(principal):
            raise refusal


known = KnownState()
os.register_at_fork(after_in_child=known.forget)


@dataclass(frozen=True, slots=True)
class TokenStateNow(Joined[TokenState]):
    """The state as PostgreSQL has it now. Raises Django's database errors."""

    @classmethod
    def answer_all(cls, asked: Sequence["TokenStateNow"]) -> Flow[list[TokenState | Exception]]:
        asked_at = time.monotonic()
        (revision,) = yield from Statement(READ_REVISION, _columns, {})
        state = known.state
        if revision != state.revision:
            # Read after the revision, so that a change in between is read twice rather than missed.
            banned = yield from Statement(READ_BANNED, str, {})
            revoked = yield from Statement(READ_REVOKED, _columns, {})
            keys = yield from Statement(READ_KEYS, StoredKey, {})
            now = time.time()
            retired = frozenset(key.kid for key in keys if key.verifies_until <= now)
            state = TokenState(revision, frozenset(banned), dict(revoked), tuple(keys), retired)
        known.note(state, asked_at=asked_at)
        return [state] * len(asked)


def refresh_state() -> Flow[None]:
    """Know what every process must know by now, such as new keys. Raises Django's database errors."""
    if not known.is_believed:
        yield from TokenStateNow()


def check_not_refused(principal: Principal) -> Flow[None]:
    """Raises PermissionDenied for a banned user, InvalidToken for a revoked token."""
    if refusal := (yield from _believed()).refusal_of(principal):
        raise refusal


def check_not_banned(user_id: str) -> Flow[None]:
    """For whoever wants a token. Raises Banned."""
    if user_id in (yield from _believed()).banned:
        raise Banned


def _believed() -> Flow[TokenState]:
    return known.state if known.is_believed else (yield from TokenStateNow())


def wait_for_every_process(until: float = 0.0) -> None:
    """After a change was committed: wait until each process has read it, or will before it answers.

    Waits for the unix time `until` too.
    """
    known.forget()
    time.sleep(max(LEASE_SECONDS, until - time.time()))


def _columns(*row: Any) -> tuple[Any, ...]:  # noqa: ANN401 - of any type
    return row
