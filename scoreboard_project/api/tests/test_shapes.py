"""One declaration of a shape checks, renders and documents it."""

from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator

from scoreboard_project.api.envelope import ErrorResponse
from scoreboard_project.api.errors import ErrorCode, InvalidRequest, MissingRequiredFields
from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.api.openapi.description import describe_shapes
from scoreboard_project.api.shapes import Body, any_text, matching, read_body, well_formed_text


class PetInput(Body):
    pet_name: Annotated[str, well_formed_text(5)]
    tag: Annotated[str, matching("[a-z]{1,3}")]
    secret: Annotated[str, any_text(1, 4)] = "none"
    owner: Annotated[str, well_formed_text(5)] | None = None


def pet(**changes: Any) -> dict[str, Any]:
    return {"petName": "Rex", "tag": "dog", **changes}


def test_it_reads_what_keeps_the_rules() -> None:
    assert read_body(pet(secret="\n", owner=None), PetInput) == PetInput("Rex", "dog", "\n")


@pytest.mark.parametrize("value", [None, [], "x", 5, [pet()]])
def test_anything_but_an_object_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="The pet must be a JSON object"):
        read_body(value, PetInput, what="The pet")


def test_every_missing_field_is_named_and_null_is_missing() -> None:
    with pytest.raises(MissingRequiredFields) as caught:
        read_body({"tag": None}, PetInput)
    assert caught.value.details == {"fields": ["petName", "tag"]}


def test_unknown_fields_are_named_and_shortened() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_body(pet(pet_name="Rex", **{"x" * 200: 1, "\ud800": 2}), PetInput)
    assert caught.value.details == {
        "unknownFields": ["?", "pet_name", "x" * 100],
        "knownFields": ["owner", "petName", "secret", "tag"],
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"petName": 5}, "petName must be text"),
        ({"petName": ""}, "petName must be text of 1 to 5 characters without control characters"),
        ({"petName": "x" * 6}, "petName must be text of 1 to 5 characters without control characters"),
        ({"petName": "a\x00"}, "petName must be text of 1 to 5 characters without control characters"),
        ({"petName": "a\x9f"}, "petName must be text of 1 to 5 characters without control characters"),
        ({"petName": "a\ud800"}, "petName must be text of 1 to 5 characters without control characters"),
        ({"owner": "a\n"}, "owner must be text of 1 to 5 characters without control characters"),
        ({"tag": "abcd"}, "tag must match [a-z]{1,3}"),
        ({"tag": "abc\n"}, "tag must match [a-z]{1,3}"),
        ({"secret": "\udfff"}, "secret must be text of 1 to 4 characters"),
        ({"secret": "12345"}, "secret must be text of 1 to 4 characters"),
    ],
)
def test_a_broken_rule_is_named_in_words(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_body(pet(**changes), PetInput)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "changes", [{"petName": "a\x00"}, {"petName": "x" * 6}, {"tag": "abcd"}, {"secret": ""}, {"hat": 1}, {"petName": 5}]
)
def test_the_description_refuses_what_the_reader_refuses(changes: dict[str, Any]) -> None:
    described = Draft202012Validator(describe_shapes(PetInput)["PetRequest"])
    assert described.is_valid(pet(owner=None))
    assert not described.is_valid(pet(**changes))


def test_it_is_rendered_in_camel_case() -> None:
    assert encode_json(PetInput("Rex", "dog")) == b'{"petName":"Rex","tag":"dog","secret":"none","owner":null}'


def test_a_shape_with_half_a_character_is_rendered_all_the_same() -> None:
    assert encode_json({"sent": PetInput("\ud800", "dog")}).startswith(b'{"sent":{"petName":"\\ud800"')


def test_an_enum_is_described_with_its_type() -> None:
    described = describe_shapes(ErrorResponse)
    assert described["ErrorCode"]["type"] == "string"
    assert set(described["ErrorCode"]["enum"]) == {code.value for code in ErrorCode}
    assert described["Error"]["properties"]["code"]["$ref"] == "#/components/schemas/ErrorCode"
