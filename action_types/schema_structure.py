"""What a metadata schema may be made of. Raises InvalidSchema before it reaches the validator.

A schema is trusted to a point: administrators write it, and it runs for each action of its type, in the process that
answers everyone. So its size, depth and references are limited, and a misspelt keyword is refused: JSON Schema would
ignore it, and with it the rule.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_DEPTH = 32
# Nodes, each counted again wherever a $ref leads to it. A list of metadata is checked by all of them for each element.
MAX_SCHEMA_NODES = 1000
# Each doubles the work of what it stands around.
MAX_UNEVALUATED = 2
UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
# They move the base of a reference, or make it depend on the way by which it is reached.
REFUSED_KEYWORDS = frozenset({"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary"})
ONE_SCHEMA = frozenset(
    {"additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"}
    | UNEVALUATED
)
SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SCHEMAS_BY_NAME = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
PLAIN = frozenset({"$comment", "$ref", "$schema", "default", "deprecated", "description", "examples", "title"}) | {
    *("const", "contentEncoding", "contentMediaType", "dependentRequired", "enum", "exclusiveMaximum", "format"),
    *(
        "exclusiveMinimum",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
    ),
    *("minLength", "minProperties", "minimum", "multipleOf", "pattern", "readOnly", "required", "type", "uniqueItems"),
    "writeOnly",
}
# A `%` would be read as an escape.
REFERENCE = re.compile(r"#/(?P<place>\$defs|definitions)/(?P<name>[^/%]+)")
KEYWORDS = ONE_SCHEMA | SCHEMA_LISTS | SCHEMAS_BY_NAME | PLAIN


class InvalidSchema(ValueError):
    """The schema cannot be used. The message says why."""


def check_structure(schema: Any) -> None:  # noqa: ANN401 - any JSON value
    """Raises InvalidSchema unless this is within the limits. The validator checks what the keywords hold."""
    if not isinstance(schema, dict):
        raise InvalidSchema("A schema is a JSON object.")
    _check_values(schema, depth=1)
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        raise InvalidSchema(f"$schema must be {DIALECT}, or absent.")
    _Walk(schema).visit(schema, depth=1)


def _check_values(node: Any, depth: int) -> None:  # noqa: ANN401 - any JSON value
    """Refuse what PostgreSQL or JSON cannot hold, and what is too deep or too large to look at."""
    if depth > MAX_SCHEMA_DEPTH:
        raise _too_large()
    if isinstance(node, float) and not math.isfinite(node):
        raise InvalidSchema("The numbers of a schema are finite.")
    if isinstance(node, str) and re.search("[\\0\ud800-\udfff]", node):
        raise InvalidSchema("The text of a schema has no U+0000 and no lone surrogates.")
    for child in (*node, *node.values()) if isinstance(node, dict) else node if isinstance(node, list) else ():
        _check_values(child, depth + 1)


def _too_large() -> InvalidSchema:
    return InvalidSchema(
        f"A schema has at most {MAX_SCHEMA_NODES} nodes and {MAX_SCHEMA_DEPTH} levels, references followed: "
        "it must not refer to itself."
    )


class _Walk:
    """Visits all parts of a schema, also where references lead: one that leads to itself never ends, and is refused."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._nodes = 0
        self._unevaluated = 0

    def visit(self, part: Any, depth: int) -> None:  # noqa: ANN401 - any JSON value
        self._count(1, depth)
        if not isinstance(part, dict):
            # true and false are schemas. The validator refuses the rest.
            return
        for keyword, value in part.items():
            self._check_keyword(keyword, is_root=part is self._root)
            self._count(_size_of(value), depth)
            for child in _parts_in(keyword, value):
                self.visit(child, depth + 1)
            if keyword == "$ref" and isinstance(value, str):
                self.visit(target_of(value, self._root), depth + 1)

    def _count(self, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_SCHEMA_NODES or depth > MAX_SCHEMA_DEPTH:
            raise _too_large()

    def _check_keyword(self, keyword: str, *, is_root: bool) -> None:
        if keyword in REFUSED_KEYWORDS or (keyword == "$schema" and not is_root):
            raise InvalidSchema(f"{keyword} is not supported here: name the parts in $defs.")
        if keyword not in KEYWORDS:
            raise InvalidSchema(f"{keyword[:100]!r} is not a keyword of JSON Schema. Say other things in $comment.")
        self._unevaluated += keyword in UNEVALUATED
        if self._unevaluated > MAX_UNEVALUATED:
            raise InvalidSchema(f"A schema has {' and '.join(sorted(UNEVALUATED))} at most {MAX_UNEVALUATED} times.")


def _size_of(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """A list of 1,000 allowed values is compared with 1,000 times."""
    return len(value) if isinstance(value, list | dict) else 1


def _parts_in(keyword: str, value: Any) -> Iterator[Any]:  # noqa: ANN401 - any JSON value
    if keyword in ONE_SCHEMA:
        yield value
    elif keyword in SCHEMA_LISTS and isinstance(value, list):
        yield from value
    elif keyword in SCHEMAS_BY_NAME and isinstance(value, dict):
        yield from value.values()


def target_of(reference: str, root: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """The part that a $ref names. Only definitions can be named: nothing else is certain to be a schema."""
    found = REFERENCE.fullmatch(reference)
    definitions = root.get(found["place"]) if found else None
    name = found["name"].replace("~1", "/").replace("~0", "~") if found else ""
    if not isinstance(definitions, dict) or name not in definitions:
        raise InvalidSchema(f"$ref {reference[:100]!r} must name a part in $defs of this schema, as in #/$defs/level.")
    return definitions[name]
