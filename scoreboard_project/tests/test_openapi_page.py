"""Trying the API on the page at /api/v1/docs."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.cast import ANA

UPDATE = "#operations-scores-updateScore"


@pytest.fixture
def docs(scoreboard: None, server: str, open_page: OpenPage) -> Page:
    """The page, with Ana's token entered."""
    page = open_page(f"{server}/api/v1/docs")
    page.locator(".btn.authorize").click()
    page.locator(".auth-container input").first.fill(ANA.bearer()["Authorization"].removeprefix("Bearer "))
    page.locator(".auth-btn-wrapper .authorize").first.click()
    page.locator(".btn-done").first.click()
    return page


def opened(page: Page) -> Locator:
    operation = page.locator(UPDATE)
    operation.locator(".opblock-summary-control").click()
    return operation


def execute(page: Page) -> dict[str, Any]:
    with page.expect_response("**/scores/update") as found:
        page.locator(f"{UPDATE} .execute").click()
    answer: dict[str, Any] = found.value.json()
    return answer


def test_each_try_is_an_action_of_its_own(docs: Page) -> None:
    operation = opened(docs)
    for field in operation.locator(".parameters input").all():
        expect(field).to_have_value("")
    scores = [execute(docs)["data"]["newScore"] for _ in range(2)]
    assert scores == [150, 300]


def test_the_token_is_kept_when_the_page_is_loaded_again(docs: Page) -> None:
    docs.reload()
    opened(docs)
    assert execute(docs)["data"]["newScore"] == 150


def test_no_header_of_a_request_has_a_value_that_would_be_sent_unasked(server: str, docs: Page) -> None:
    schema = docs.request.get(f"{server}/api/v1/schema").json()
    sent = [
        (path, parameter["name"])
        for path, operations in schema["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "header" and ("example" in parameter["schema"] or "examples" in parameter)
    ]
    assert sent == []
