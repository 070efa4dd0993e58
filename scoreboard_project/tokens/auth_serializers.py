"""Bodies of the token endpoints: read strictly, and described for OpenAPI."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from scoreboard_project.api.errors import InvalidRequest, MissingRequiredFields
from scoreboard_project.api.openapi import StrictBodySerializer
from scoreboard_project.tokens.token_claims import is_well_formed_text

# Django's own bound for a username.
MAX_USERNAME_LENGTH = 150
MAX_PASSWORD_LENGTH = 4096
MAX_SHOWN_FIELDS = 20


def read_credentials(body: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON value
    """`(username, password)`. Raises MissingRequiredFields or InvalidRequest."""
    username, password = read_text_fields(body, "username", "password")
    if not is_well_formed_text(username, MAX_USERNAME_LENGTH):
        raise InvalidRequest(
            f"username must be text of 1 to {MAX_USERNAME_LENGTH} characters without control characters"
        )
    if not 0 < len(password) <= MAX_PASSWORD_LENGTH:
        raise InvalidRequest(f"password must be text of 1 to {MAX_PASSWORD_LENGTH} characters")
    return username, password


def read_refresh_token(body: Any) -> str:  # noqa: ANN401 - any JSON value
    """The refresh token, whatever it is worth. Raises MissingRequiredFields or InvalidRequest."""
    (token,) = read_text_fields(body, "refresh")
    return token


def read_text_fields(body: Any, *names: str) -> list[str]:  # noqa: ANN401 - any JSON value
    """The values of exactly these fields, each a text. Raises MissingRequiredFields or InvalidRequest."""
    if not isinstance(body, Mapping):
        raise InvalidRequest("The body must be a JSON object")
    if unknown := sorted(body.keys() - set(names)):
        raise InvalidRequest(
            "Unknown fields",
            details={"unknownFields": [name[:100] for name in unknown[:MAX_SHOWN_FIELDS]], "knownFields": list(names)},
        )
    if missing := [name for name in names if body.get(name) is None]:
        raise MissingRequiredFields(details={"fields": missing})
    for name in names:
        if not _is_text(body[name]):
            raise InvalidRequest(f"{name} must be text")
    return [body[name] for name in names]


def _is_text(value: object) -> bool:
    # A lone surrogate is no text: it can be neither stored nor hashed.
    return isinstance(value, str) and value.encode("utf-8", "replace").decode() == value


class TokenRequestSerializer(StrictBodySerializer):
    """A user of the Django admin."""

    username = serializers.CharField(min_length=1, max_length=MAX_USERNAME_LENGTH)
    password = serializers.CharField(min_length=1, max_length=MAX_PASSWORD_LENGTH)


class TokenPairSerializer(serializers.Serializer[Any]):
    """An access token for the API, and a refresh token for the next one."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class TokenRefreshRequestSerializer(StrictBodySerializer):
    """A refresh token that was issued here."""

    refresh = serializers.CharField(min_length=1)


class AccessTokenSerializer(serializers.Serializer[Any]):
    """A new access token; the refresh token stays the same."""

    access = serializers.CharField()
