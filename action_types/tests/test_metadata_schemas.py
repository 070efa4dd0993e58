"""What schemas say of metadata. Whatever the schema and the metadata, an answer comes, and comes soon."""

from typing import Any

import pytest

from action_types.metadata_schemas import BrokenRule, MetadataSchema

NESTED = {"a": {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "integer"}}}}}


@pytest.mark.parametrize(
    ("schema", "metadata", "path", "keyword"),
    [
        ({"required": ["level"]}, {}, "$.level", "required"),
        ({"properties": NESTED}, {"a": {"b": [1, "x"]}}, "$.a.b[1]", "type"),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1}, "$", "additionalProperties"),
        ({"$defs": {"a/b": {"maximum": 1}}, "properties": {"a": {"$ref": "#/$defs/a~1b"}}}, {"a": 2}, "$.a", "maximum"),
    ],
)
def test_it_names_the_place_and_the_keyword(
    schema: dict[str, Any], metadata: dict[str, Any], path: str, keyword: str
) -> None:
    assert MetadataSchema(schema).first_problem(metadata) == BrokenRule(path, keyword)


@pytest.mark.parametrize(
    ("schema", "metadata"),
    [
        ({"properties": {"a": {"pattern": "(a+)+$"}}}, {"a": "a" * 4000 + "b"}),
        ({"properties": {"a": {"items": {"allOf": [{"minimum": 1}] * 300}}}}, {"a": [0] * 2000}),
        ({"properties": {"a": {"maximum": -(10**400)}}}, {"a": 1}),
    ],
)
def test_a_costly_schema_answers_soon(schema: dict[str, Any], metadata: dict[str, Any]) -> None:
    """Without its limits, each of the first two would run for minutes."""
    assert MetadataSchema(schema).first_problem(metadata) is not None
