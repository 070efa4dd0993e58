"""The page `/` in a real browser."""

from collections.abc import Callable

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.cast import ANA, BOB, Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import in_threads

LIVE = "[data-connection][data-state=live]"


def update(server: OnePort, player: Player, action_type: str = "LEVEL_COMPLETE") -> None:
    with Game(server.address) as game:
        assert game.update(player, {"actionType": action_type}).status == 200


def names(page: Page) -> list[str]:
    return page.locator(".row .player a").all_inner_texts()


def serious_violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [violation["id"] for violation in found if violation["impact"] in {"serious", "critical"}]


def test_two_browsers_show_the_same_order_soon_after_an_update(
    one_port: OnePort, open_page: OpenPage, complaints: list[str]
) -> None:
    update(one_port, ANA)
    pages = [open_page(one_port.address) for _ in range(2)]
    for page in pages:
        page.wait_for_selector(LIVE)
    update(one_port, BOB, "BOSS_DEFEAT")
    for page in pages:
        expect(page.locator(".row").first).to_contain_text("Bob", timeout=2_000)
        expect(page.locator(".row").first).to_contain_text("1,000", timeout=2_000)
        assert names(page) == ["Bob", "Ana"]
    assert complaints == []


def test_a_row_that_moved_shows_how_far(one_port: OnePort, open_page: OpenPage) -> None:
    for player in (ANA, BOB):
        update(one_port, player)
    page = open_page(one_port.address)
    page.wait_for_selector(LIVE)
    update(one_port, BOB)
    expect(page.locator("[data-user-id=bob] .mark")).to_have_text("▲ 1")
    expect(page.locator("[data-user-id=ana] .mark")).to_have_text("▼ 1")
    expect(page.locator("[data-announcer]")).to_have_text("Bob takes the lead")


def test_the_first_action_replaces_the_instructions(one_port: OnePort, open_page: OpenPage) -> None:
    page = open_page(one_port.address)
    expect(page.locator("[data-empty]")).to_be_visible()
    page.wait_for_selector(LIVE)
    update(one_port, ANA)
    expect(page.locator("[data-empty]")).to_be_hidden()
    assert names(page) == ["Ana"]


def test_a_size_is_chosen_by_keyboard_and_kept_in_the_address(one_port: OnePort, open_page: OpenPage) -> None:
    in_threads(Player.act, crowd(30), threads=1)
    page = open_page(one_port.address)
    page.wait_for_selector(LIVE)
    page.locator("[data-size='25']").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(25)
    expect(page.locator("[data-size='25']")).to_have_attribute("aria-current", "true")
    assert page.url.endswith("?limit=25")
    page.reload()
    expect(page.locator(".row")).to_have_count(25)


def test_names_with_markup_are_shown_as_text(one_port: OnePort, open_page: OpenPage, complaints: list[str]) -> None:
    evil = Player("x/<i>&\"'%", "<img src=x onerror=alert(1)>")
    page = open_page(one_port.address)
    page.wait_for_selector(LIVE)
    update(one_port, evil)
    expect(page.locator(".row .player a")).to_have_text(evil.username)
    page.locator(".row .player a").click()
    expect(page.locator("h1")).to_have_text(evil.username)
    assert complaints == []


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_it_is_accessible(one_port: OnePort, open_page: OpenPage, color_scheme: str, width: int) -> None:
    in_threads(Player.act, crowd(12), threads=1)
    page = open_page(one_port.address, color_scheme=color_scheme, viewport={"width": width, "height": 800})
    page.wait_for_selector(LIVE)
    update(one_port, ANA, "BOSS_DEFEAT")
    page.wait_for_selector(".mark")
    page.wait_for_timeout(700)  # axe checks colours, so the rows must have faded in
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_recovers_after_a_restart(own_server: Callable[..., OnePort], open_page: OpenPage) -> None:
    server = own_server()
    update(server, ANA)
    page = open_page(server.address)
    page.wait_for_selector(LIVE)
    server.stop()
    page.wait_for_selector("[data-connection]:not([data-state=live])")
    server.start()
    update(server, BOB, "BOSS_DEFEAT")
    page.wait_for_selector(LIVE, timeout=15_000)
    expect(page.locator(".row").first).to_contain_text("Bob")


def test_it_polls_when_websockets_are_blocked(one_port: OnePort, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script("window.WebSocket = class { constructor() { throw new Error('blocked') } }")
    page.goto(one_port.address)
    page.wait_for_selector("[data-state=polling]", timeout=15_000)
    update(one_port, ANA)
    expect(page.locator(".row .player a")).to_have_text("Ana", timeout=8_000)


def test_it_shows_the_board_without_scripts(one_port: OnePort, open_page: OpenPage) -> None:
    update(one_port, ANA)
    page = open_page(one_port.address, java_script_enabled=False)
    assert names(page) == ["Ana"]


@pytest.mark.parametrize("path", ["/", "/players/ana", "/players/nobody"])
def test_its_policy_allows_nothing_inline_and_nothing_from_other_hosts(one_port: OnePort, path: str) -> None:
    update(one_port, ANA)
    policy = httpx.get(one_port.address + path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"ws://127.0.0.1:{one_port.port} " in policy


@pytest.mark.parametrize("limit", ["", "7", "1000", "-1", "x", "٢٥"])
def test_any_other_size_shows_ten_rows(one_port: OnePort, limit: str) -> None:
    answer = httpx.get(one_port.address, params={"limit": limit})
    assert answer.status_code == 200
    assert 'data-limit="10"' in answer.text


def test_a_viewer_token_cannot_write(one_port: OnePort) -> None:
    token = httpx.post(f"{one_port.address}/api/v1/live/viewer-token").json()["data"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.put(
        f"{one_port.address}/api/v1/scores/update", json={"actionType": "LEVEL_COMPLETE"}, headers=headers
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PERMISSION_DENIED")
