"""What the OpenAPI descriptions of all endpoints share: shapes, envelope, errors by status, headers."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Any, TypeVar

import msgspec
from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from scoreboard_project.api.envelope import ErrorResponse, Yes, failure, success
from scoreboard_project.api.errors import ApiError, DatabaseUnavailable, InvalidRequest, SystemFailure
from scoreboard_project.api.paging import WholeNumber
from scoreboard_project.api.request_id import HEADER, ID_PATTERN
from scoreboard_project.api.shapes import PUBLISHED_PATTERN, Shape, published_pattern

View = TypeVar("View", bound=Callable[..., Any])
Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
# For `describe(auth=…)`. SPECTACULAR_SETTINGS has the scheme.
BEARER: Any = [{"bearerAuth": []}]

EXAMPLE_REQUEST_ID = "api_1642234567890_550e8400-e29b-41d4-a716-446655440000"
# No example: Swagger UI would fill it in, and the second try would be a repeat of the first.
ID_SCHEMA = {"type": "string", "pattern": f"^{ID_PATTERN.pattern}$"}
ANSWERED_ID_SCHEMA = {**ID_SCHEMA, "example": EXAMPLE_REQUEST_ID}
BAD_REQUEST_ID = InvalidRequest(f"{HEADER} must match {ID_PATTERN.pattern}")


class ShapeExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes a shape, and the shapes inside it, as OpenAPI components."""

    target_class = Shape
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        # Two operations may describe the same shape.
        set_override(self.target, "suppress_collision_warning", True)
        return component_name(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        described = describe_shapes(self.target, *getattr(self.target, "described_with", ()))
        own: Schema = described.pop(component_name(self.target.__name__))
        for name, schema in described.items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema
            )
            auto_schema.registry.register_on_missing(component)
        return own


def component_name(shape: str) -> str:
    """A shape's name as a component: `ScoreUpdateInput` becomes `ScoreUpdateRequest`; a final `Output` is dropped."""
    return re.sub(r"Input$", "Request", re.sub(r"Output$", "", shape))


def describe_shapes(*shapes: type[Shape]) -> dict[str, Schema]:
    """The JSON Schemas of the shapes and of all shapes inside them, by component name."""
    _, components = msgspec.json.schema_components(shapes, ref_template=f"{REFERENCE}{{name}}")
    return {component_name(name): _tidy(schema) for name, schema in components.items()}


def _tidy(value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """msgspec's schema as OpenAPI wants it: patterns for any regex dialect, no titles that repeat names."""
    if isinstance(value, list):
        return [_tidy(each) for each in value]
    if not isinstance(value, dict):
        return value
    tidy = {key: _tidy(found) for key, found in value.items() if not (key == "title" and isinstance(found, str))}
    if "$ref" in tidy:
        tidy["$ref"] = REFERENCE + component_name(tidy["$ref"].removeprefix(REFERENCE))
    if "enum" in tidy:
        tidy.setdefault("type", "string")
    pattern = published_pattern(tidy.pop("pattern", ""))
    if pattern := tidy.pop(PUBLISHED_PATTERN, pattern):
        tidy["pattern"] = pattern
    match tidy.pop("anyOf", None):
        case [{"type": str(kind)} as only, {"type": "null"}]:
            return {**only, **tidy, "type": [kind, "null"]}
        case None:
            return tidy
        case choices:
            return {**tidy, "anyOf": choices}


def success_response(
    name: str, description: str, example: Shape, *, more: Mapping[str, Shape] | None = None
) -> OpenApiResponse:
    """`{"success": true, "data": …}` as the component `name`. The type of `data` is the type of the example.

    `more` has other examples by their names.
    """
    envelope = msgspec.defstruct(name, [("success", Yes), ("data", type(example))], bases=(Shape,))
    examples = [
        OpenApiExample(title, msgspec.to_builtins(success(each)), status_codes=["200"])
        for title, each in {description: example, **(more or {})}.items()
    ]
    return OpenApiResponse(envelope, description, examples)


def request_example(name: str, example: Shape | Schema) -> OpenApiExample:
    return OpenApiExample(name, msgspec.to_builtins(example), request_only=True)


def error_responses(*errors: ApiError) -> dict[int, OpenApiResponse]:
    """One response per status, with an example for each error."""
    by_status = groupby(sorted(errors, key=_status), _status)
    return {status: _error_response(status, list(group)) for status, group in by_status}


def _status(error: ApiError) -> int:
    return error.status


def _error_response(status: int, errors: Sequence[ApiError]) -> OpenApiResponse:
    codes = ", ".join(dict.fromkeys(f"`{error.code}`" for error in errors))
    examples = [
        OpenApiExample(
            str(error),
            msgspec.to_builtins(failure(error)),
            summary=f"{error.code}: {error}",
            status_codes=[str(status)],
        )
        for error in errors
    ]
    return OpenApiResponse(ErrorResponse, f"{HTTPStatus(status).phrase}: {codes}", examples)


def request_header(name: str, description: str, schema: Schema) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)


def response_header(name: str, description: str, schema: Schema, *statuses: int) -> OpenApiParameter:
    """A header of the responses with these statuses, or of every response if none is given."""
    where = list(statuses) or True
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description, response=where)


def query_parameter(number: WholeNumber) -> OpenApiParameter:
    schema = {"type": "integer", "minimum": number.minimum, "maximum": number.maximum, "default": number.default}
    return OpenApiParameter(number.name, schema, OpenApiParameter.QUERY, description=number.description)


def describe(
    *,
    responses: Mapping[int, OpenApiResponse],
    errors: Sequence[ApiError],
    parameters: Sequence[OpenApiParameter] = (),
    **operation: Any,  # noqa: ANN401 - extend_schema's own arguments
) -> Callable[[View], View]:
    """`extend_schema` with the headers and errors that all endpoints share."""
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
        response_header(HEADER, "The request's id.", ANSWERED_ID_SCHEMA),
        response_header("Retry-After", "Seconds to wait before the next try.", seconds, *({429, 503} & set(statuses))),
        *([_CHALLENGE] if 401 in statuses else []),
    ]


_CHALLENGE = response_header("WWW-Authenticate", "`Bearer`.", {"type": "string"}, 401)
