"""The OpenAPI description is complete and valid, and its page loads nothing from other hosts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator
from playwright.sync_api import expect

from scoreboard_project.testing.browser import OpenPage

# The error codes of each operation. 404 and 405 for an unknown address or method belong to no operation.
EVERYWHERE = {"INVALID_REQUEST", "SYSTEM_ERROR", "DATABASE_UNAVAILABLE"}
CODES = {
    ("get", "/api/v1/scoreboard"): {"INVALID_LIMIT"},
    ("get", "/api/v1/action-types"): set(),
    ("get", "/api/v1/users/{userId}/scores/history"): {
        "INVALID_LIMIT",
        "INVALID_TOKEN",
        "PERMISSION_DENIED",
        "USER_NOT_FOUND",
    },
    ("put", "/api/v1/scores/update"): {
        "MISSING_REQUIRED_FIELDS",
        "INVALID_ACTION_TYPE",
        "INVALID_METADATA",
        "INVALID_TOKEN",
        "PERMISSION_DENIED",
        "DUPLICATE_REQUEST",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "IDEMPOTENCY_KEY_REUSED",
        "ACTION_NOT_ALLOWED",
        "RATE_LIMIT_EXCEEDED",
    },
}


@pytest.fixture
def schema(client: Client) -> dict[str, Any]:
    """The description as it is served."""
    found: dict[str, Any] = client.get("/api/v1/schema").json()
    return found


def _examples(content: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    for media in content.get("content", {}).values():
        for example in media.get("examples", {}).values():
            yield media["schema"], example["value"]


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in schema["paths"].values():
        yield from operations.values()


def test_it_is_generated_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_it_is_served_as_json_and_as_yaml(client: Client, schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    for answer in (
        client.get("/api/v1/schema?format=yaml"),
        client.get("/api/v1/schema", headers={"Accept": "application/yaml"}),
    ):
        assert answer["Content-Type"] == "application/yaml"
        assert yaml.safe_load(answer.content) == schema


@pytest.mark.parametrize(("operation", "codes"), CODES.items())
def test_it_has_an_example_of_every_error(schema: dict[str, Any], operation: tuple[str, str], codes: set[str]) -> None:
    method, path = operation
    found = schema["paths"][path][method]["responses"]
    examples = [value for answer in found.values() for _, value in _examples(answer)]
    assert {value["error"]["code"] for value in examples if not value["success"]} == codes | EVERYWHERE
    assert sum(value["success"] for value in examples) == 1


def test_its_examples_keep_to_its_schemas(schema: dict[str, Any]) -> None:
    contents = [content for found in _operations(schema) for content in found["responses"].values()]
    contents += [found["requestBody"] for found in _operations(schema) if "requestBody" in found]
    checked = 0
    for content in contents:
        for described, value in _examples(content):
            Draft202012Validator({**described, "components": schema["components"]}).validate(value)
            checked += 1
    assert checked > 30


def test_a_moderation_has_an_example_of_a_dry_run(schema: dict[str, Any]) -> None:
    operation = schema["paths"]["/api/v1/moderations"]["post"]
    assert [value["dryRun"] for _, value in _examples(operation["requestBody"])] == [True]
    answers = [value["data"] for _, value in _examples(operation["responses"]["200"])]
    assert sorted("leaderboard" in answer for answer in answers) == [False, True]


def test_it_describes_the_request_id_everywhere(schema: dict[str, Any]) -> None:
    for operation in _operations(schema):
        assert "X-Request-ID" in {parameter["name"] for parameter in operation["parameters"]}
        for answer in operation["responses"].values():
            assert "X-Request-ID" in answer["headers"]


def test_it_says_which_operations_want_a_token(schema: dict[str, Any]) -> None:
    secured = {operation["operationId"] for operation in _operations(schema) if operation.get("security")}
    assert secured >= {"updateScore", "getScoreHistory"}
    assert not secured & {"getScoreboard", "listActionTypes"}


@pytest.mark.parametrize("address", ["/api/v1/schema", "/api/v1/docs"])
def test_it_answers_other_methods_in_the_envelope(client: Client, address: str) -> None:
    answer = client.post(address, json.dumps({}), content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_its_page_tries_an_operation_and_asks_no_other_host(
    scoreboard: None, server: str, open_page: OpenPage, complaints: list[str]
) -> None:
    asked: list[str] = []
    page = open_page("about:blank")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/api/v1/docs")
    page.locator("#operations-scoreboard-getScoreboard .opblock-summary-control").click()
    page.locator("#operations-scoreboard-getScoreboard .execute").click()
    answer = page.locator("#operations-scoreboard-getScoreboard .live-responses-table")
    expect(answer).to_contain_text('"leaderboard"')
    assert {url for url in asked if not url.startswith((server, "data:"))} == set()
    assert complaints == []
