"""Decodes JSON into dataclasses: camelCase to snake_case, times to aware datetimes. The type of each value is checked.

Unknown fields are ignored, because a newer server may send more fields.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class UnexpectedShape(ValueError):
    """The JSON does not have the shape that the API documents."""


class _Field(NamedTuple):
    name: str
    key: str
    kind: Any
    is_required: bool


def decode(kind: type[T], value: object) -> T:
    """Decode `value` as the dataclass `kind`. Raises UnexpectedShape."""
    return cast("T", _read(kind, value))


def camel_case(name: str) -> str:
    """`user_id` → `userId`."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


@cache
def _fields_of(kind: Any) -> tuple[_Field, ...]:  # noqa: ANN401 - any dataclass
    hints = get_type_hints(kind)
    return tuple(
        _Field(field.name, camel_case(field.name), hints[field.name], field.default is MISSING)
        for field in fields(kind)
    )


def _read(kind: Any, value: object) -> object:  # noqa: ANN401 - any annotation
    if is_dataclass(kind):
        return _read_object(kind, value)
    origin = get_origin(kind)
    if origin is UnionType:
        return None if value is None else _read(get_args(kind)[0], value)
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], item) for item in _checked(list, value))
    if kind in (datetime, date):
        return _read_time(kind, value)
    if kind is float and type(value) is int:
        return float(value)
    return _checked(origin or kind, value)


def _read_object(kind: Any, value: object) -> object:  # noqa: ANN401 - any dataclass
    found: dict[str, Any] = _checked(dict, value)
    try:
        return kind(
            **{
                field.name: _read(field.kind, found[field.key])
                for field in _fields_of(kind)
                if field.is_required or field.key in found
            }
        )
    except KeyError as missing:
        raise UnexpectedShape(f"{kind.__name__} without {missing}") from None


def _read_time(kind: type[date], value: object) -> date:
    try:
        moment = kind.fromisoformat(_checked(str, value))
    except ValueError:
        raise UnexpectedShape(f"not a {kind.__name__}: {value!r:.100}") from None
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise UnexpectedShape(f"a time without a time zone: {value!r:.100}")
    return moment


def _checked(kind: type[T], value: object) -> T:
    # isinstance would accept a JSON true as a number.
    if type(value) is not kind and not (kind is Mapping and isinstance(value, dict)):
        raise UnexpectedShape(f"expected {kind.__name__}, found {type(value).__name__}")
    return cast("T", value)
