"""JSON Schemas (draft 2020-12) for the metadata of an action type: what is accepted, and what they say of metadata.

A schema is trusted to a point: administrators write it, and it runs for each action of its type. So its size, depth and
references are limited, and nothing is ever fetched. Its regular expressions are not limited.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_BYTES = 16 * 1024
MAX_SCHEMA_DEPTH = 32
# Nodes, each counted again wherever a $ref leads to it.
MAX_SCHEMA_NODES = 2000
MAX_SHOWN_PATH = 200
# They move the base of a reference, or make it depend on the way by which it is reached.
REFUSED_KEYWORDS = ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor")


class InvalidSchema(ValueError):
    """The schema cannot be used. The message says why."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """Where metadata does not match: a JSON path such as `$.level`, and the keyword that refused it."""

    path: str
    keyword: str


class MetadataSchema:
    """A schema, ready to use."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Raises InvalidSchema."""
        check_schema(schema)
        # An empty registry: without one, jsonschema would fetch what a reference names.
        self._validator = Draft202012Validator(schema, registry=Registry())

    def first_problem(self, metadata: Mapping[str, Any]) -> BrokenRule | None:
        """The problem that says most; None if the metadata matches."""
        try:
            error = best_match(self._validator.iter_errors(metadata))
        except (ArithmeticError, RecursionError, Unresolvable):
            # Such as 1e308 as a multiple of 1e-308.
            return BrokenRule("$", "unknown")
        return BrokenRule(_path_of(error)[:MAX_SHOWN_PATH], str(error.validator)) if error else None


@lru_cache(maxsize=256)
def compiled_schema(text: str) -> MetadataSchema:
    """The schema with this text, compiled once. Raises InvalidSchema."""
    return MetadataSchema(msgspec.json.decode(text))


def check_schema(schema: Any) -> None:  # noqa: ANN401 - any JSON value
    """Raises InvalidSchema unless this is a schema of draft 2020-12 within the limits."""
    if not isinstance(schema, dict):
        raise InvalidSchema("A schema is a JSON object.")
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        raise InvalidSchema(f"$schema must be {DIALECT}, or absent.")
    _count_nodes(schema, schema, depth=1)
    if len(msgspec.json.encode(schema)) > MAX_SCHEMA_BYTES:
        raise InvalidSchema(f"A schema has at most {MAX_SCHEMA_BYTES} bytes.")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise InvalidSchema(f"{error.json_path}: {error.message}"[:500]) from None


def _count_nodes(node: Any, root: Mapping[str, Any], depth: int, nodes: int = 0) -> int:  # noqa: ANN401 - any JSON value
    """`nodes` and those in `node`, also where references lead: one that leads to itself never ends, and is refused."""
    nodes += 1
    if nodes > MAX_SCHEMA_NODES or depth > MAX_SCHEMA_DEPTH:
        raise InvalidSchema(
            f"A schema has at most {MAX_SCHEMA_NODES} nodes and {MAX_SCHEMA_DEPTH} levels, references followed: "
            "it must not refer to itself."
        )
    _check_scalar(node)
    if isinstance(node, list):
        for child in node:
            nodes = _count_nodes(child, root, depth + 1, nodes)
    elif isinstance(node, dict):
        for key, child in node.items():
            _check_scalar(key)
            if key in REFUSED_KEYWORDS and isinstance(child, str):
                raise InvalidSchema(f"{key} is not supported: name the parts in $defs.")
            if key == "$ref" and isinstance(child, str):
                nodes = _count_nodes(_target(child, root), root, depth + 1, nodes)
            else:
                nodes = _count_nodes(child, root, depth + 1, nodes)
    return nodes


def _check_scalar(node: Any) -> None:  # noqa: ANN401 - any JSON value
    """Refuse what PostgreSQL or JSON cannot hold."""
    if isinstance(node, float) and not math.isfinite(node):
        raise InvalidSchema("The numbers of a schema are finite.")
    if isinstance(node, str) and re.search("[\\0\ud800-\udfff]", node):
        raise InvalidSchema("The text of a schema has no U+0000 and no lone surrogates.")


def _target(reference: str, root: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    found: Any = root
    start, *steps = reference.split("/")
    try:
        for step in steps:
            key = step.replace("~1", "/").replace("~0", "~")
            found = found[int(key)] if isinstance(found, list) else found[key]
    except (KeyError, IndexError, ValueError, TypeError):
        start = ""
    if start != "#":
        raise InvalidSchema(f"$ref {reference[:100]!r} must name a part of this schema, as in #/$defs/level.")
    return found


def _path_of(error: ValidationError) -> str:
    """Never a value. For a missing property: where it should be."""
    path: str = error.json_path
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"{path}.{missing}"
    return path
