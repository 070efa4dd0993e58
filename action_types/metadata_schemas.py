"""JSON Schemas (draft 2020-12) for the metadata of an action type: what is accepted, and what they say of metadata."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from action_types.schema_structure import InvalidSchema, check_structure

MAX_SCHEMA_BYTES = 16 * 1024
MAX_SHOWN_PATH = 200
TYPES = "array, boolean, integer, null, number, object, string"
# Matches in time that grows with the text alone, whatever the expression.
LINEAR = jsonschema_rs.RegexOptions()

log = logging.getLogger("scoreboard.action_types")


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """Where metadata does not match: a JSON path such as `$.level`, and the keyword that refused it."""

    path: str
    keyword: str


class MetadataSchema:
    """A schema, ready to use."""

    def __init__(self, schema: Any) -> None:  # noqa: ANN401 - any JSON value
        """Raises InvalidSchema."""
        check_structure(schema)
        if len(msgspec.json.encode(schema)) > MAX_SCHEMA_BYTES:
            raise InvalidSchema(f"A schema has at most {MAX_SCHEMA_BYTES} bytes.")
        try:
            self._validator = jsonschema_rs.Draft202012Validator(schema, pattern_options=LINEAR)
        except jsonschema_rs.ValidationError as error:
            raise InvalidSchema(_reason(error)) from None
        except Exception as error:  # noqa: BLE001 - such as a number that Rust cannot hold
            raise InvalidSchema(f"This schema cannot be used: {error}"[:500]) from None

    def first_problem(self, metadata: Mapping[str, Any]) -> BrokenRule | None:
        """The first of its problems; None if the metadata matches."""
        try:
            error = next(self._validator.iter_errors(metadata), None)
        except Exception:
            # It refuses this action, not all others of the same write.
            log.exception("A metadata schema failed")
            return BrokenRule("$", "unknown")
        return BrokenRule(_path_of(error)[:MAX_SHOWN_PATH], error.kind.name) if error else None


@lru_cache(maxsize=256)
def compiled_schema(text: str) -> MetadataSchema:
    """The schema with this text, compiled once. Raises InvalidSchema."""
    return MetadataSchema(msgspec.json.decode(text))


def check_schema(schema: Any) -> None:  # noqa: ANN401 - any JSON value
    """Raises InvalidSchema unless this is a schema of draft 2020-12 within the limits."""
    MetadataSchema(schema)


def _reason(error: jsonschema_rs.ValidationError) -> str:
    wrong = error.message
    if error.kind.name == "format":
        wrong = f"{str(error.instance)[:100]!r} is not a regular expression that takes linear time"
    elif error.instance_path and error.instance_path[-1] == "type" and error.kind.name == "anyOf":
        wrong = f"{wrong.partition(' is not valid ')[0]} is not a type. The types are {TYPES}"
    return f"{_json_path(error.instance_path)}: {wrong}"[:500]


def _path_of(error: jsonschema_rs.ValidationError) -> str:
    """Never a value. For a missing property: where it should be."""
    path = _json_path(error.instance_path)
    kind = error.kind
    return f"{path}.{kind.property}" if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required) else path


def _json_path(steps: list[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
