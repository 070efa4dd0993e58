"""Names on the pages: isolated, cut with a title, and cut at their end, whichever way they run."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from live.tests.test_board_page import LIVE, names, update
from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.cast import ANA, Player
from scoreboard_project.testing.servers.one_port import OnePort

HEBREW, ARABIC = "שחקן " * 19 + "סוף", "لاعب " * 19 + "نهاية"
LONG = {"latin": "Player " * 13 + "the last", "hebrew": HEBREW, "arabic": ARABIC}
# Whether the first and the last letter can be seen, and how far the first one is from the left edge of the name.
SEEN = """
(name) => {
  const box = name.getBoundingClientRect();
  const text = name.firstChild;
  const seen = (at) => {
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const { left, right } = range.getBoundingClientRect();
    return left >= box.left - 1 && right <= box.right + 1;
  };
  return { first: seen(0), last: seen(text.length - 1) };
}
"""


@pytest.fixture(params=["as rendered", "as updated"])
def board(request: pytest.FixtureRequest, one_port: OnePort, open_page: OpenPage) -> Callable[[Player], Page]:
    """Opens the board on a phone, with the player's row made by the server, or by a live update."""

    def opened(player: Player) -> Page:
        if request.param == "as rendered":
            update(one_port, player)
        page = open_page(one_port.address, viewport={"width": 390, "height": 700})
        page.wait_for_selector(LIVE)
        if request.param == "as updated":
            update(one_port, player)
        page.wait_for_selector(f"[data-user-id='{player.user_id}']")
        return page

    return opened


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_a_long_name_keeps_its_beginning_and_has_a_title(board: Callable[[Player], Page], name: str) -> None:
    page = board(Player("long", name))
    shown = page.locator("[data-user-id=long] .player bdi")
    assert shown.evaluate(SEEN) == {"first": True, "last": False}
    expect(page.locator("[data-user-id=long] .player a")).to_have_attribute("title", name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_short_names_begin_at_the_same_edge_whichever_way_they_run(
    one_port: OnePort, board: Callable[[Player], Page]
) -> None:
    update(one_port, ANA)
    page = board(Player("short", "שחקן"))
    lefts = [
        page.locator(f"[data-user-id={user_id}] .player bdi").evaluate(
            "(name) => { const range = document.createRange(); range.selectNodeContents(name);"
            " return Math.round(range.getBoundingClientRect().left - name.getBoundingClientRect().left); }"
        )
        for user_id in ("ana", "short")
    ]
    assert lefts == [0, 0]


def test_a_name_does_not_move_what_stands_beside_it(board: Callable[[Player], Page]) -> None:
    page = board(Player("rtl", "שחקן 7"))
    row = page.locator("[data-user-id=rtl]")
    assert row.locator("bdi").evaluate("(name) => getComputedStyle(name).unicodeBidi") == "isolate"
    expect(row.locator(".score")).to_have_text("150")
    page.goto(page.url + "players/rtl")
    expect(page.locator("h1 bdi")).to_have_text("שחקן 7")
    assert names(page) == ["שחקן 7"]


def test_an_odd_user_id_is_isolated_too(one_port: OnePort, open_page: OpenPage) -> None:
    odd = Player("\u202eid", "Odd")
    update(one_port, odd)
    page = open_page(f"{one_port.address}/players/%E2%80%AEid")
    expect(page.locator(".subtitle bdi")).to_have_text(odd.user_id)
    page.goto(f"{one_port.address}/players/%E2%80%AEnobody")
    expect(page.locator("code bdi")).to_have_text("\u202enobody")
