"""The user id in a URL path, as the OpenAPI document describes it."""

from drf_spectacular.utils import OpenApiParameter

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH

USER_ID = OpenApiParameter(
    "user_id", {"type": "string", "minLength": 1, "maxLength": MAX_USER_ID_LENGTH}, OpenApiParameter.PATH
)
UNKNOWN_USER = UserNotFound(details={"userId": "user123"})
