"""Shapes of the HTTP contract. Each is declared once, as a msgspec Struct that checks, renders and documents it.

Names are snake_case in Python and camelCase in JSON. `openapi.py` publishes each shape as a component.
"""

import re
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta

from scoreboard_project.api.errors import InvalidRequest, MissingRequiredFields

# Control characters cannot be displayed. Lone surrogates are not text: they can be neither stored nor sent.
CONTROL = r"\u0000-\u001f\u007f-\u009f"
SURROGATES = r"\ud800-\udfff"
WELL_FORMED = re.compile(rf"[^{CONTROL}{SURROGATES}]+")
# In a shape's extra schema: a pattern to publish in place of the one that msgspec checks.
PUBLISHED_PATTERN = "x-published-pattern"
ANY_TEXT = rf"[^{SURROGATES}]*"
MAX_SHOWN_FIELDS = 20
MAX_SHOWN_CHARACTERS = 100
FIELD_OF_MESSAGE = re.compile(r"`\$\.([A-Za-z]+)")


Moment = Annotated[datetime, Meta(tz=True)]
Double = Annotated[float, Meta(extra_json_schema={"format": "double"})]


class Shape(msgspec.Struct, rename="camel"):
    """Data that the API returns."""


class Body(Shape, forbid_unknown_fields=True):
    """A request body, or an item in one. Unknown fields are refused."""


Read = TypeVar("Read", bound=Body)


def read_body(value: Any, shape: type[Read], *, what: str = "The body") -> Read:  # noqa: ANN401 - any JSON value
    """A decoded JSON value as `shape`. A null in a required field counts as missing.

    Raises MissingRequiredFields, InvalidRequest, or what the shape's `__post_init__` raises.
    """
    if not isinstance(value, dict):
        raise InvalidRequest(f"{what} must be a JSON object")
    required, known = _fields(shape)
    if unknown := value.keys() - known:
        raise InvalidRequest("Unknown fields", details={"unknownFields": _shown(unknown), "knownFields": sorted(known)})
    if missing := [field for field in required if value.get(field) is None]:
        raise MissingRequiredFields(details={"fields": missing})
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise InvalidRequest(_in_words(shape, str(error))) from None


def well_formed_text(most: int, **described: Any) -> Meta:  # noqa: ANN401 - msgspec.Meta's own arguments
    """Text of 1 to `most` characters without control characters or lone surrogates."""
    return Meta(
        min_length=1,
        max_length=most,
        pattern=rf"\A{WELL_FORMED.pattern}\Z",
        extra={"rule": f"be text of 1 to {most} characters without control characters"},
        **described,
    )


def any_text(least: int = 0, most: int | None = None, **described: Any) -> Meta:  # noqa: ANN401 - msgspec.Meta's own
    """Text without lone surrogates, of `least` to `most` characters."""
    return Meta(
        min_length=least or None,
        max_length=most,
        pattern=rf"\A{ANY_TEXT}\Z",
        extra={"rule": f"be text of {least} to {most} characters" if most else "be text"},
        **described,
    )


def matching(pattern: str, **described: Any) -> Meta:  # noqa: ANN401 - msgspec.Meta's own arguments
    """Text that matches `pattern` from start to end."""
    return Meta(
        # Python's `$` would also accept a line feed at the end.
        pattern=rf"\A{pattern}\Z",
        extra={"rule": f"match {pattern}"},
        **described,
    )


def published_pattern(pattern: str) -> str:
    """A shape's pattern for other regex dialects: most have no escape for surrogates and do not know `\\A` and `\\Z`.

    Empty if no rule is left.
    """
    whole = pattern.removeprefix(r"\A").removesuffix(r"\Z").replace(SURROGATES, "")
    return "" if whole in ("", "[^]*") else f"^{whole.removeprefix('^').removesuffix('$')}$"


@cache
def _fields(shape: type[Body]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The names of the required fields, and of all fields, as spelled in JSON."""
    fields = msgspec.structs.fields(shape)
    return tuple(field.encode_name for field in fields if field.required), frozenset(shape.__struct_encode_fields__)


def _shown(names: set[Any]) -> list[str]:
    return sorted(name[:MAX_SHOWN_CHARACTERS].encode("utf-8", "replace").decode() for name in names)[:MAX_SHOWN_FIELDS]


def _in_words(shape: type[Body], message: str) -> str:
    """msgspec's message in our words, such as `username must be text of …`."""
    found = FIELD_OF_MESSAGE.search(message)
    rules = {field.encode_name: _rule_of(field.type) for field in msgspec.structs.fields(shape)}
    if found and message.startswith("Expected `str`, got"):
        return f"{found[1]} must be text"
    if found and (rule := rules.get(found[1])):
        return f"{found[1]} must {rule}"
    return message.replace("`$.", "`")


def _rule_of(kind: Any) -> str:  # noqa: ANN401 - any annotation
    if get_origin(kind) is Annotated:
        return next((meta.extra["rule"] for meta in kind.__metadata__ if isinstance(meta, Meta) and meta.extra), "")
    return next(filter(None, map(_rule_of, get_args(kind))), "")
