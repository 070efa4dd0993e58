"""The token of a page that shows the board: a user id of its own, a short life, and nothing it may do but look."""

import uuid

from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.tokens import issue_access_token

VIEWER_PREFIX = "viewer:"
VIEWER_TOKEN_SECONDS = 600


def issue_viewer_token() -> str:
    """Each page counts as a user of its own. Raises NotFound where tokens are only verified; the page then polls."""
    return issue_access_token(
        user_id=f"{VIEWER_PREFIX}{uuid.uuid4()}",
        username="Viewer",
        scopes=[Scope.VIEW_LIVE],
        lifetime=VIEWER_TOKEN_SECONDS,
    )
