"""The people of the tests, and the actions they do."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scoreboard_project.tokens.tokens import issue_access_token
from scores.services.actions import ScoreAction, ScoreActionResult
from scores.services.apply import apply_score_actions

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Player:
    """Someone who plays."""

    user_id: str
    username: str

    def action(
        self,
        action_type: str = "LEVEL_COMPLETE",
        *,
        request_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        username: str | None = None,
    ) -> ScoreAction:
        """An action of theirs, with a request id of its own unless one is given."""
        return ScoreAction(
            user_id=self.user_id,
            username=username or self.username,
            request_id=request_id or f"request-{next(_numbers)}",
            action_type=action_type,
            metadata=metadata or {},
        )

    def act(self, action_type: str = "LEVEL_COMPLETE", **fields: Any) -> ScoreActionResult:
        """Do it, by the write path."""
        return apply_score_actions([self.action(action_type, **fields)])[0]

    def bearer(self, *scopes: str) -> dict[str, str]:
        """The header of a token of theirs."""
        token = issue_access_token(user_id=self.user_id, username=self.username, scopes=scopes)
        return {"Authorization": f"Bearer {token}"}


ANA = Player("ana", "Ana")
BOB = Player("bob", "Bob")
CAROL = Player("carol", "Carol")
SERVER = Player("game-server", "Game server")


def crowd(count: int) -> list[Player]:
    """So many others: crowd-001, crowd-002, ..."""
    return [Player(f"crowd-{number:03d}", f"Crowd {number}") for number in range(1, count + 1)]
