"""What headers tell browsers to forbid, and what they do not tell about us."""

from typing import Any

import httpx
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.threads import started

PASSWORD = "correct horse battery"


@pytest.mark.parametrize("path", ["/admin/login/", "/", "/players/ana", "/api/v1/docs", "/api/v1/docs?script="])
def test_no_page_runs_a_script_that_is_not_a_file_of_ours(scoreboard: None, path: str) -> None:
    policy = Client().get(path).headers["Content-Security-Policy"]
    rules: dict[str, list[str]] = {name: words for name, *words in map(str.split, policy.split(";"))}
    assert rules.get("script-src", rules["default-src"]) == ["'self'"]
    assert rules["base-uri"] == rules["frame-ancestors"] == ["'none'"]


def test_the_admin_works_under_its_policy(
    scoreboard: None, server: str, open_page: OpenPage, complaints: list[str]
) -> None:
    started(_create_ada)()
    page: Page = open_page(f"{server}/admin/login/")
    page.fill("#id_username", "ada")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    expect(page.locator("#user-tools")).to_be_visible()
    for address in ("scores/userscore", "audit/auditentry", "live/presence"):
        page.goto(f"{server}/admin/{address}/")
        expect(page.locator("#content h1")).to_be_visible()
    page.goto(f"{server}/admin/action_types/actiontype/LEVEL_COMPLETE/change/")
    page.fill("#id_score_value", "175")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert complaints == []


def _create_ada() -> None:
    """With a hash that the server knows too."""
    hashed = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    User.objects.create(username="ada", password=hashed, is_staff=True, is_superuser=True)


def test_no_answer_names_the_software_behind_it(scoreboard: None, game: Any, server: str) -> None:

    for path in ("/", "/api/v1/scoreboard", "/healthz", "/admin/login/", "/nothing"):
        found = httpx.get(f"{server}{path}").headers
        assert found.keys().isdisjoint({"server", "x-powered-by", "via"})
        assert "django" not in str(found.raw).lower()
