"""What the OpenAPI descriptions of all endpoints share: envelope, errors by status, headers, the bearer scheme."""

from collections.abc import Callable, Collection, Mapping, Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    Direction,
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers

from scoreboard_project.api.envelope import failure, success
from scoreboard_project.api.errors import ApiError, DatabaseUnavailable, ErrorCode, InvalidRequest, SystemFailure
from scoreboard_project.api.query_params import MAX_OFFSET
from scoreboard_project.api.request_id import HEADER, ID_PATTERN

View = TypeVar("View", bound=Callable[..., Any])
Schema = dict[str, Any]

EXAMPLE_REQUEST_ID = "api_1642234567890_550e8400-e29b-41d4-a716-446655440000"
ID_SCHEMA = {"type": "string", "pattern": f"^{ID_PATTERN.pattern}$", "example": EXAMPLE_REQUEST_ID}
BAD_REQUEST_ID = InvalidRequest(f"{HEADER} must match {ID_PATTERN.pattern}")


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An access token: RS256, from `POST /api/v1/auth/token`, `manage.py issue_token`, or the configured issuer."""

    target_class = "scoreboard_project.tokens.authentication.BearerAuthentication"
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        """`Authorization: Bearer <token>`."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": self.__doc__ or ""}


class StrictBodySerializer(serializers.Serializer[Any]):
    """Describes a request body whose unknown fields are refused."""


class StrictBodyScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says so: a serializer class alone cannot."""

    target_class = StrictBodySerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        """The serializer's own schema, closed."""
        schema: Schema = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        return {**schema, "additionalProperties": False}


@extend_schema_field({"type": "boolean", "const": True})
class TrueField(serializers.BooleanField):
    """Always true."""


@extend_schema_field({"type": "boolean", "const": False})
class FalseField(serializers.BooleanField):
    """Always false."""


class ErrorSerializer(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.ChoiceField(
        [(code.value, code.value) for code in ErrorCode], help_text="Switch on this and on nothing else."
    )
    message = serializers.CharField(help_text="For people; it may change.")
    details = serializers.DictField(help_text="For programs; its keys depend on the code.")


class ErrorResponseSerializer(serializers.Serializer[Any]):
    """Every answer that is no success."""

    success = FalseField()
    error = ErrorSerializer()


class PaginationSerializer(serializers.Serializer[Any]):
    """Where a page lies in its listing."""

    limit = serializers.IntegerField(min_value=1)
    offset = serializers.IntegerField(min_value=0)
    total = serializers.IntegerField(min_value=0, help_text="How many there are in all.")
    hasMore = serializers.BooleanField(help_text="Whether any come after this page.")  # noqa: N815 - the contract's


def success_response(
    name: str, content: type[serializers.Serializer[Any]], description: str, example: Mapping[str, Any]
) -> OpenApiResponse:
    """`{"success": true, "data": content}` as the component `name`; `example` is the data."""
    envelope = inline_serializer(name, {"success": TrueField(), "data": content()})
    return OpenApiResponse(envelope, description, [OpenApiExample(description, success(example), status_codes=["200"])])


def error_responses(*errors: ApiError) -> dict[int, OpenApiResponse]:
    """One response a status, with an example for each error."""
    by_status = groupby(sorted(errors, key=_status), _status)
    return {status: _error_response(status, list(group)) for status, group in by_status}


def _status(error: ApiError) -> int:
    return error.status


def _error_response(status: int, errors: Sequence[ApiError]) -> OpenApiResponse:
    codes = ", ".join(dict.fromkeys(f"`{error.code}`" for error in errors))
    examples = [
        OpenApiExample(str(error), failure(error), summary=f"{error.code}: {error}", status_codes=[str(status)])
        for error in errors
    ]
    return OpenApiResponse(ErrorResponseSerializer, f"{HTTPStatus(status).phrase}: {codes}", examples)


def request_header(name: str, description: str, schema: Schema) -> OpenApiParameter:
    """A header that a client may send."""
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)


def response_header(name: str, description: str, schema: Schema, *statuses: int) -> OpenApiParameter:
    """A header of the answers with these statuses; of every answer when none is named."""
    where = list(statuses) or True
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description, response=where)


def page_parameters(*, default_limit: int, max_limit: int) -> list[OpenApiParameter]:
    """`limit` and `offset` with their ranges."""
    limit = {"type": "integer", "minimum": 1, "maximum": max_limit, "default": default_limit}
    offset = {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0}
    return [
        OpenApiParameter("limit", limit, OpenApiParameter.QUERY, description="How many to return."),
        OpenApiParameter("offset", offset, OpenApiParameter.QUERY, description="How many to skip."),
    ]


def describe(
    *,
    responses: Mapping[int, OpenApiResponse],
    errors: Sequence[ApiError],
    parameters: Sequence[OpenApiParameter] = (),
    **operation: Any,  # noqa: ANN401 - extend_schema's own arguments
) -> Callable[[View], View]:
    """`extend_schema` with the headers and errors that every endpoint has."""
    answers = {**responses, **error_responses(*errors, BAD_REQUEST_ID, SystemFailure(), DatabaseUnavailable())}
    headers = _shared_headers(answers.keys())
    decorated: Callable[[View], View] = extend_schema(
        responses=answers, parameters=[*parameters, *headers], **operation
    )
    return decorated


def _shared_headers(statuses: Collection[int]) -> list[OpenApiParameter]:
    seconds = {"type": "integer", "minimum": 0}
    return [
        request_header(HEADER, "The request's id; made by the gateway or the server when it is not sent.", ID_SCHEMA),
        response_header(HEADER, "The request's id.", ID_SCHEMA),
        response_header("Retry-After", "Seconds to wait before the next try.", seconds, *({429, 503} & set(statuses))),
        *([_CHALLENGE] if 401 in statuses else []),
    ]


_CHALLENGE = response_header("WWW-Authenticate", "`Bearer`.", {"type": "string"}, 401)
