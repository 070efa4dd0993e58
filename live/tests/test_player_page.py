"""The page `/players/<user id>` in a real browser."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from live.tests.test_board_page import LIVE, names, serious_violations, update
from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.cast import ANA, BOB, Player, crowd
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import in_threads


@pytest.fixture
def player_page(one_port: OnePort, open_page: OpenPage) -> Callable[[], Page]:
    """Opens Ana's page and waits until it is live. Twelve others have scored."""

    def opened(**options: object) -> Page:
        page = open_page(f"{one_port.address}/players/ana", **options)
        page.wait_for_selector(LIVE)
        return page

    in_threads(Player.act, [ANA, *crowd(12)], threads=1)
    return opened


def test_it_shows_the_player_among_the_neighbours(player_page: Callable[[], Page], complaints: list[str]) -> None:
    page = player_page()
    expect(page.locator("h1")).to_have_text("Ana")
    facts = page.locator(".facts").inner_text().split()
    assert {"1", "13", "150", "100"} <= set(facts)
    assert names(page) == ["Ana", *(f"Crowd {number}" for number in range(1, 6))]
    expect(page.locator(".row[aria-current]")).to_contain_text("Ana")
    assert complaints == []


def test_it_follows_what_happens(one_port: OnePort, player_page: Callable[[], Page]) -> None:
    page = player_page()
    update(one_port, BOB, "BOSS_DEFEAT")
    expect(page.locator("[data-player] .facts [data-rank]")).to_have_text("2", timeout=5_000)
    update(one_port, ANA, "BOSS_DEFEAT")
    expect(page.locator("dd[data-score]")).to_have_text("1,150", timeout=5_000)
    assert names(page)[:2] == ["Ana", "Bob"]


def test_the_chart_has_a_bar_for_today_and_a_table_with_the_same_numbers(player_page: Callable[[], Page]) -> None:
    page = player_page()
    expect(page.locator(".chart svg")).to_have_attribute(
        "aria-label", "Score by day: 150 points on 1 of the last 90 days"
    )
    expect(page.locator(".chart .bar")).to_have_count(90)
    page.locator(".chart .column").last.hover()
    expect(page.locator("[data-readout]")).to_contain_text("150 points by 1 action")
    page.locator("summary").click()
    expect(page.locator(".plain tbody tr")).to_have_count(1)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_it_is_accessible(player_page: Callable[..., Page], color_scheme: str, width: int) -> None:
    page = player_page(color_scheme=color_scheme, viewport={"width": width, "height": 800})
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_reached_from_the_board(one_port: OnePort, open_page: OpenPage) -> None:
    update(one_port, ANA)
    page = open_page(one_port.address)
    page.locator(".row a").click()
    expect(page).to_have_url(f"{one_port.address}/players/ana")


@pytest.mark.parametrize("user_id", ["a b", "a/b", "50%", "?x=1", "#", "日本", "<b>"])
def test_any_user_id_has_a_page(one_port: OnePort, open_page: OpenPage, user_id: str) -> None:
    update(one_port, Player(user_id, "Odd"))
    page = open_page(one_port.address)
    page.locator(".row a").click()
    expect(page.locator("h1")).to_have_text("Odd")
    expect(page.locator(".subtitle")).to_have_text(user_id)


@pytest.mark.parametrize("path", ["nobody", "%00", "%FF", "x" * 300])
def test_an_unknown_player_is_404_with_a_link_back(one_port: OnePort, path: str) -> None:
    answer = httpx.get(f"{one_port.address}/players/{path}")
    assert answer.status_code == 404
    assert "No such player" in answer.text
    assert 'href="/"' in answer.text
