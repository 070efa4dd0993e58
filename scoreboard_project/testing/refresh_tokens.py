"""Refresh tokens for tests that do not log in."""

import time
import uuid

from scoreboard_project.tokens.claims.token_claims import RefreshClaims
from scoreboard_project.tokens.tokens import issue_refresh_token


def refresh_token(user_id: str, auth_hash: str = "x") -> str:
    """A refresh token of a login that is not stored."""
    return issue_refresh_token(RefreshClaims(user_id, auth_hash, uuid.uuid4(), 1), issued_at=int(time.time()))
